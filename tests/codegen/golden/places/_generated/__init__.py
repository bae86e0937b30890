"""What the document of Places gives: models, operations, events.

Generated from places.yaml (sha256 f62b691f8e0fde10b5cff87396bec7fb515acbe69aaae56e1180cf22936ae2d2)
by `python -m codegen generate places.yaml --package places`. Do not edit.
"""
