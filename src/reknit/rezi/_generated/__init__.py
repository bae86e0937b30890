"""What the document of Rezi gives: models, operations, events.

Generated from openapi/rezi.yaml (sha256 4c08926a9d097acac5ac4e50ee273f402e1e591d9908013492eca81e53599cd8)
by `python -m codegen generate`. Do not edit.
"""
