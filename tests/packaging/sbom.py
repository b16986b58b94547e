#!/usr/bin/env python3
"""Checks the list of what a release is made of (packaging/sbom.sh).

    sbom.py RELEASE-FOLDER [SCHEMAS]      (a folder that has CycloneDX's bom-1.5, spdx and jsf-0.82 .SNAPSHOT.schema.json)

Against the files of the release, each of which it must name with its checksum; within itself: what depends on what is there; and
against CycloneDX's own schema where somebody has it: Debian's archive does not. Without, for the fields that we use at least.
A line per mistake; status 1 if there is any.
"""
import hashlib
import json
import os
import sys

import jsonschema


# What packaging/sbom.sh may write, as CycloneDX 1.5 has it: the schema that there always is.
TEXT = {"type": "string", "minLength": 1}
HASHES = {"type": "array", "items": {"type": "object", "required": ["alg", "content"], "additionalProperties": False, "properties": {
    "alg": {"enum": ["SHA-256"]}, "content": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}}}
LICENCES = {"type": "array", "minItems": 1, "maxItems": 1, "items": {"oneOf": [
    {"type": "object", "required": ["license"], "additionalProperties": False, "properties": {
        "license": {"type": "object", "required": ["id"], "additionalProperties": False, "properties": {
            "id": {"enum": ["MIT", "ISC", "Apache-2.0"]}}}}},
    {"type": "object", "required": ["expression"], "additionalProperties": False, "properties": {"expression": TEXT}}]}}
COMPONENT = {"type": "object", "required": ["type", "bom-ref", "name", "version", "licenses"], "additionalProperties": False, "properties": {
    "type": {"enum": ["application", "library", "file"]}, "bom-ref": TEXT, "name": TEXT, "version": TEXT, "description": TEXT,
    "licenses": LICENCES, "hashes": HASHES, "purl": {"type": "string", "pattern": "^pkg:generic/"},
    "cpe": {"type": "string", "pattern": "^cpe:2[.]3:a(:[a-z0-9._-]+){3}(:[*]){7}$"},
    "properties": {"type": "array", "items": {"type": "object", "required": ["name", "value"], "additionalProperties": False,
                                              "properties": {"name": TEXT, "value": TEXT}}},
    "externalReferences": {"type": "array", "items": {
        "type": "object", "required": ["type", "url"], "additionalProperties": False,
        "properties": {"type": {"enum": ["distribution"]}, "url": {"type": "string", "pattern": "^(https://|pkg:)"},
                       "comment": TEXT, "hashes": HASHES}}}}}
OURS = {"type": "object", "required": ["bomFormat", "specVersion", "version", "metadata", "components", "dependencies"],
        "additionalProperties": False, "properties": {
            "$schema": {"enum": ["http://cyclonedx.org/schema/bom-1.5.schema.json"]}, "bomFormat": {"enum": ["CycloneDX"]},
            "specVersion": {"enum": ["1.5"]}, "version": {"enum": [1]},
            "metadata": {"type": "object", "required": ["component"], "additionalProperties": False, "properties": {"component": COMPONENT}},
            "components": {"type": "array", "items": COMPONENT},
            "dependencies": {"type": "array", "items": {
                "type": "object", "required": ["ref", "dependsOn"], "additionalProperties": False,
                "properties": {"ref": TEXT, "dependsOn": {"type": "array", "items": TEXT, "uniqueItems": True}}}}}}


def against_schema(document, folder):
    schema, store = OURS, {}
    if folder:
        found = {}
        for name in ("bom-1.5", "spdx", "jsf-0.82"):
            with open(os.path.join(folder, name + ".SNAPSHOT.schema.json")) as file:
                found[name] = json.load(file)
        schema = found["bom-1.5"]
        base = schema["$id"].rsplit("/", 1)[0] + "/"
        for name, one in found.items():
            store.update({one["$id"]: one, base + name + ".SNAPSHOT.schema.json": one, base + name + ".schema.json": one})
    resolver = jsonschema.RefResolver(schema.get("$id", ""), schema, store=store)
    for error in jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(document):
        yield ".".join(map(str, error.path)) + ": " + error.message[:200]


def against_files(document, folder):
    named = {one["name"]: one for one in document["components"]}
    for name in sorted(os.listdir(folder)):
        if not (name.startswith("nano_ssh_server-") and not name.endswith(".json")):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        if name not in named:
            yield f"{name} is not named"
        elif named[name]["hashes"] != [{"alg": "SHA-256", "content": digest}]:
            yield f"{name}: another checksum"


def within(document):
    refs = [document["metadata"]["component"]["bom-ref"]] + [one["bom-ref"] for one in document["components"]]
    if len(set(refs)) != len(refs):
        yield "a bom-ref twice"
    for one in document["dependencies"]:
        for ref in [one["ref"]] + one["dependsOn"]:
            if ref not in refs:
                yield f"{ref} is depended on, and not there"
    programs = {one["bom-ref"] for one in document["components"] if one["type"] == "application"}
    if programs != {one["ref"] for one in document["dependencies"]} - {refs[0]}:
        yield "not every program says what it is made of"


def main():
    folder = sys.argv[1]
    path, = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".cdx.json")]
    with open(path) as file:
        document = json.load(file)
    said = list(against_files(document, folder)) + list(within(document))
    for schemas in {"", *sys.argv[2:]}:
        said += against_schema(document, schemas)
    print("\n".join(said) or f"{os.path.basename(path)}: {len(document['components'])} components")
    sys.exit(bool(said))


main()
