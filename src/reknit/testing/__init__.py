"""Fixtures for the tests of programs that use reknit: a pytest plugin that finds itself (entry point `pytest11`).

Every pytest run of an environment with reknit imports `plugin`, so that imports pytest alone; the rest loads when a
test first asks for a fixture.
"""
