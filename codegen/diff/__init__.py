"""What an edit of a spec does to users: `python -m codegen diff [REV]`.

Two readings of the same edit. The wire level (`wire`, `values`) compares what the documents of both revisions say, in
the direction in which each part travels. The Python level (`surface`, `checkers`) compares what users import. Both give
`Change`s; their sum is a verdict and a fragment of the changelog.
"""
