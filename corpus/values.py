"""Makes values from schemas: schemathesis's strategy for the body of an operation, drawn with a fixed seed."""

from __future__ import annotations

import json
import logging
import random
import warnings
from contextlib import suppress
from typing import Any
from unittest import SkipTest

import schemathesis
from attrs import Factory, define, field, frozen
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException, StopTest, UnsatisfiedAssumption
from hypothesis.strategies import data

from corpus.proofs import Proofs
from corpus.samples import Samples
from corpus.schemas import Bundle

#: How often a schema is drawn from that has given no value yet.
_PATIENCE = 400


@frozen
class Pool:
    """The values of one schema; without any, why: proven, or a failure of ours."""

    values: tuple[Any, ...] = ()
    nothing_fits: str = ""
    failure: str = ""


@define
class Values:
    """Makes the values of the schemas of a bundle, each schema's once."""

    bundle: Bundle
    examples: int
    seed: int
    _wanted: list[str] = field(factory=list[str])
    _pools: dict[str, Pool] = Factory(dict[str, Pool])
    _alike: dict[str, Pool] = Factory(dict[str, Pool])
    _schema: Any = None
    _proofs: Proofs | None = None

    def want(self, name: str) -> str:
        """Announce that values of a schema will be asked for: all have to be, before the first is."""
        if name not in self._wanted:
            self._wanted.append(name)
        return name

    def of(self, name: str) -> Pool:
        """Return the values of a schema."""
        if name not in self._pools:
            text = json.dumps(self.bundle.components[name])  # one pool for schemas that were written out twice
            if text not in self._alike:
                self._alike[text] = self._made(name)
            self._pools[name] = self._alike[text]
        return self._pools[name]

    def _made(self, name: str) -> Pool:
        self._proofs = self._proofs or Proofs(self.bundle)
        if reason := self._proofs.contradiction({"$ref": f"#/components/schemas/{name}"}):
            return Pool(nothing_fits=reason)
        made, problem = list(Samples(self.bundle).of(name)), "none that was made is valid"
        try:
            made += self._drawn(name)
        except (HypothesisException, Exception) as error:  # noqa: BLE001 - of the library, or of the document
            problem = f"{type(error).__name__}: {error}"
        valid = [value for value in made if self.bundle.complaint(name, value) is None]
        distinct = list({repr(value): value for value in valid}.values())
        return Pool(tuple(distinct)) if distinct else Pool(failure=f"no value could be made: {problem}"[:200])

    def _drawn(self, name: str) -> list[Any]:
        if self._schema is None:
            self._schema = schemathesis.openapi.from_dict(self.bundle.document(self._wanted))
        strategy = self._schema[f"/{name}"]["POST"].as_strategy()
        found: dict[str, Any] = {}
        attempts = 0

        @seed(self.seed)
        @settings(
            max_examples=1000,  # never reached: `collect` ends the run
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(data())
        def collect(source: Any) -> None:
            nonlocal attempts
            attempts += 1
            try:
                value = source.draw(strategy).body
            except (UnsatisfiedAssumption, StopTest):
                if attempts > (4 * self.examples if found else _PATIENCE):
                    raise SkipTest(
                        name
                    ) from None  # ends the run: what filters most of what it draws may go on for minutes
                raise
            found[repr(value)] = value
            if len(found) == self.examples:
                raise SkipTest(name)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            logging.getLogger("schemathesis").setLevel(logging.ERROR)
            with suppress(SkipTest):
                collect()
        return list(found.values())


def chance(seed_: int, *names: str) -> random.Random:
    """Return a source of chance that is the same on every run."""
    return random.Random("/".join([str(seed_), *names]))  # noqa: S311 - nothing secret
