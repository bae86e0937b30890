"""What the document of Loose gives: models, operations, events.

Generated from loose.yaml (sha256 d371705fc18775ccee4aed9a4e5b20c3235c9e6c2133fd7d9ed69d764d03b6ed)
by `python -m codegen generate loose.yaml --package loose`. Do not edit.
"""
