"""A fingerprint of a case's content."""

from __future__ import annotations

import hashlib
import json

from lempart.case.record import content
from lempart.case.records import CaseFields


def case_hash(case: CaseFields) -> str:
    """Return the SHA-256 of a case's content, in hexadecimal: equal cases have equal hashes, on every machine."""
    text = json.dumps(content(case), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
