"""What the document of Refonte.AI gives: models, operations, events.

Generated from openapi/refonte.yaml (sha256 71a5524f7d6b23adee7c113c4c73c9b4b5ef4aceef73e5d0d8b0eddc991cc584)
by `python -m codegen generate`. Do not edit.
"""
