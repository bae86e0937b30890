"""What the document of Streams gives: models, operations, events.

Generated from streams.yaml (sha256 fd55a3a325ca2ed782a8b225164e2e7d2088b438a24535945927d8e44a68bd0c)
by `python -m codegen generate streams.yaml --package streams`. Do not edit.
"""
