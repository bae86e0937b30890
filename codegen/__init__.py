"""Knits Python from OpenAPI documents: models, operations and events on top of `reknit.runtime`.

Runs on a developer's machine, is in no wheel and imports nothing of `src/`: what it writes is committed, and
`python -m codegen check` says whether it is still what the documents give.
"""
