"""What the document of Relays gives: models, operations, events.

Generated from openapi/relays.yaml (sha256 eaf94e862673a56ed12d64ec7d31c61bc5e2cc02381fbf2d48538c58e77d8f68)
by `python -m codegen generate`. Do not edit.
"""
