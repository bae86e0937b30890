"""Sends values through generated clients and back: does what the generator writes work on documents that exist?

For each operation and each answer of a document, values are made from the schemas, sent by the generated client to a
server on this machine that reads requests by OpenAPI's rules alone, answered, decoded, encoded again and compared.
What reads the document here (references, schemas, styles, forms) is written from the specification and shares nothing
with the generator and the runtime: a misreading in them must not be repeated on the other side.
"""
