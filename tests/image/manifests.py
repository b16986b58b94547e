#!/usr/bin/env python3
"""Checks packaging/kubernetes/ and packaging/compose/ against the schemas of Kubernetes and Compose.

    manifests.py KUBERNETES.tar.gz COMPOSE-GO.tar.xz FILE...      (the sources, from deps/fetch.sh)

A line per file and mistake; status 1 if there is any. A field that the schema does not know is a mistake too, which an API
server's own validation would only warn about. Kubernetes' schemas are those that kubectl is tested with: of the API's core,
apps and networking groups.
"""
import json
import sys
import tarfile

import jsonschema
import yaml

OPENAPI = "kubectl/testdata/openapi/"


def member(archive, ending):
    with tarfile.open(archive) as tar:
        for one in tar:
            if one.name.endswith(ending):
                return json.load(tar.extractfile(one))
    raise SystemExit(f"{archive} has no {ending}")


def definitions(archive):
    """Of the three documents the newest has the last word."""
    found = member(archive, OPENAPI + "swagger.json")["definitions"]
    for name in ("api/v1.json", "apis/apps/v1.json"):
        found.update(member(archive, OPENAPI + "v3/" + name)["components"]["schemas"])
    return found


def strict(node):
    """JSON schema of OpenAPI: references to where definitions are here, no unknown fields, no null."""
    if isinstance(node, list):
        return [strict(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = {key: strict(value) for key, value in node.items() if key != "default"}
    if isinstance(node.get("$ref"), str):
        node["$ref"] = "#/definitions/" + node["$ref"].rsplit("/", 1)[1]
    if "properties" in node and isinstance(node["properties"], dict) and "additionalProperties" not in node:
        node["additionalProperties"] = False
    return node


def schema_of(kind, known):
    """Kind as "apps/v1 Deployment"; what is but a part of an object goes by the name of that part."""
    parts = {"EphemeralContainer": "io.k8s.api.core.v1.EphemeralContainer", "Container": "io.k8s.api.core.v1.Container"}
    if kind in parts:
        return parts[kind]
    version, name = kind.split()
    group, _, version = version.rpartition("/")
    for key, value in known.items():
        for gvk in value.get("x-kubernetes-group-version-kind", []):
            if (gvk["group"], gvk["version"], gvk["kind"]) == (group, version, name):
                return key
    return None


def documents(path):
    """(kind, document) of each of a file."""
    with open(path) as file:
        for document in yaml.safe_load_all(file):  # JSON is YAML
            if "kind" in document:
                yield f"{document['apiVersion']} {document['kind']}", document
            elif "ephemeralContainers" in document.get("spec", {}):
                for container in document["spec"]["ephemeralContainers"]:
                    yield "EphemeralContainer", container
            else:  # part of a container, whose name comes from elsewhere
                yield "Container", dict(document, name="name")


def quantities(known):
    """Numbers of these types may be written as numbers: 1, "1m", "80%"."""
    for name in known:
        if name.endswith((".resource.Quantity", ".intstr.IntOrString")):
            known[name] = {"type": ["string", "integer", "number"]}


def complaints(document, schema):
    validator = jsonschema.Draft7Validator(schema)
    for error in sorted(validator.iter_errors(document), key=lambda e: list(map(str, e.path))):
        yield ".".join(map(str, error.path)) + ": " + error.message[:200]


def main():
    known = strict(definitions(sys.argv[1]))
    quantities(known)
    compose = member(sys.argv[2], "schema/compose-spec.json")
    bad = False
    for path in sys.argv[3:]:
        if "compose" in path.rsplit("/", 1)[1]:
            with open(path) as file:
                found = [("Compose", list(complaints(yaml.safe_load(file), compose)))]
        else:
            found = []
            for kind, document in documents(path):
                key = schema_of(kind, known)
                found.append((kind, list(complaints(document, {"$ref": "#/definitions/" + key, "definitions": known}))
                              if key else ["no such kind"]))
        for kind, said in found:
            print(f"{path}: {kind}: " + ("good" if not said else "; ".join(said)))
            bad = bad or bool(said)
        if not found:
            print(f"{path}: nothing in it")
            bad = True
    sys.exit(bad)


main()
