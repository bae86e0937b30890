"""What the document of Pet Store gives: models, operations, events.

Generated from pets.yaml (sha256 e6475545e37b2264a6639a7f8a346276569a1d5852cab39eaeb5a2820be3aac9)
by `python -m codegen generate pets.yaml --package pets`. Do not edit.
"""
