"""What the document of Gates gives: models, operations, events.

Generated from gates.yaml (sha256 628041ccaf09613a1ae348116dc519266b68fbe27f6fdf1e97f96c9185e07aca)
by `python -m codegen generate gates.yaml --package gates`. Do not edit.
"""
