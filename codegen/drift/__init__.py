"""Follows the documentation: says what changed on the pages that the contracts were written from.

`sources` and `records` are what is committed, `fetching` gets a page, `reducing` takes its content out of it, `facts`
and `fragments` read what the content says of an API, `reading` does both in a process that can be ended, `comparing`
says what came and went, `contracts` what the specs say of the same, `reporting` puts it into words. A page is hostile
input from its first byte to the last line about it.
"""
