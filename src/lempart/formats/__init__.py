"""The JSON files that lempart writes, each as typed records: read and checked by them, described by their schemas.

A record is a frozen dataclass whose fields are the keys of a JSON object. What a field is, says its docstring; of what
kind, its annotation. From these come the check of a file that is read, the record with attributes in the place of its
JSON, and the JSON Schema in ``docs/schemas``. A key with a default wasn't written by every earlier version.
"""
