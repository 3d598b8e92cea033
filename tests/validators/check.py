"""Holds exports against the validators of those who read them: check.py SCHEMAS WORK.

Prints a line a check: fine, skipped (and why) or WRONG (and what). Ends with 1 where something is wrong.
"""

import json
import pathlib
import shutil
import subprocess
import sys

SCHEMAS, WORK = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
OUTS = ["clean", "failed", "scan", "odd-out"]
wrong = 0


class Skipped(Exception):
    """A validator cannot be had."""


def check(kind, validator, outs=OUTS):
    """Runs a check on the exports of every run."""

    def decorate(function):
        global wrong
        for out in outs:
            try:
                told = function(WORK / out) or ""
                print(f"exports: {kind} of {out}: {validator}: fine{told and f' ({told})'}")
            except Skipped as why:
                print(f"exports: {kind} of {out}: {validator}: skipped: {why}")
            except Exception as fault:  # a validator may raise anything
                wrong += 1
                print(f"exports: {kind} of {out}: {validator}: WRONG: {type(fault).__name__}: {str(fault)[:2000]}")
        return function

    return decorate


def schema(name):
    path = SCHEMAS / name
    if not path.is_file() or path.stat().st_size == 0:
        raise Skipped(f"{name} cannot be downloaded; UNTAINT_SCHEMAS names a folder that has it")
    return path


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def valid(validator, document, what):
    errors = list(validator.iter_errors(document))
    if errors:
        raise ValueError("; ".join(f"{what}: {list(e.absolute_path)}: {e.message[:300]}" for e in errors[:5]))


@check("dataset-card", "huggingface_hub")
def dataset_card(out):
    from huggingface_hub import DatasetCard
    import yaml

    text = (out / "exports/README.md").read_text()
    card = DatasetCard(text)
    front = yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))
    sizes = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B"]
    assert card.data.size_categories and all(s in sizes for s in front["size_categories"]), front
    assert "# Dataset Card" in card.text and set(front) <= {"pretty_name", "size_categories", "tags", "configs"}
    return "the Hub's own check of cards needs the Hub"


@check("croissant", "mlcroissant")
def croissant(out):
    import logging
    import mlcroissant

    logging.disable(logging.WARNING)
    root = WORK / f"{out.name}-dataset"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    shutil.copy(out / "exports/croissant.json", root)
    data = out if (out / "clean").is_dir() else pathlib.Path("sample-data")
    shutil.copytree(data, root, dirs_exist_ok=True) if data.name == "sample-data" else shutil.copytree(out / "clean", root / "clean")
    dataset = mlcroissant.Dataset(jsonld=str(root / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    assert not issues.errors, issues.errors
    read = []
    for record_set in dataset.metadata.record_sets:
        records = list(dataset.records(record_set=record_set.uuid))
        read.append(f"{record_set.name}: {len(records)} records")
    text = json.loads((root / "croissant.json").read_text())
    assert text["rai:personalSensitiveInformation"]
    return "; ".join(read + [w[:160] for w in sorted(issues.warnings)[:2]])


@check("openlineage", "JSON Schema of the specification")
def openlineage_schema(out):
    import jsonschema
    from referencing import Registry, Resource

    base = json.loads(schema("openlineage/OpenLineage.json").read_text())
    registry = Registry().with_resource(base["$id"], Resource.from_contents(base))
    formats = jsonschema.FormatChecker()
    events = lines(out / "exports/openlineage.ndjson")
    assert [e["eventType"] for e in events] in (["START", "COMPLETE"], ["START", "FAIL"]), "two events"
    run_event = jsonschema.Draft202012Validator(
        {"$ref": base["$id"] + "#/$defs/RunEvent"}, registry=registry, format_checker=formats
    )
    facets = 0
    for event in events:
        valid(run_event, event, "event")
        datasets = [d for side in ("inputs", "outputs") for d in event[side]]
        places = [event["run"]["facets"], event["job"]["facets"]]
        places += [d.get(k, {}) for d in datasets for k in ("facets", "inputFacets", "outputFacets")]
        for place in places:
            for name, facet in place.items():
                if name.startswith("untaint_"):
                    continue
                url = facet["_schemaURL"]
                found = json.loads(schema("openlineage/" + url.split("#")[0].rsplit("/", 1)[1]).read_text())
                own = registry.with_resource(found["$id"], Resource.from_contents(found))
                part = {"$ref": found["$id"] + "#" + url.split("#")[1]}
                valid(jsonschema.Draft202012Validator(part, registry=own, format_checker=formats), facet, name)
                assert found["$id"] == url.split("#")[0], f"{url} is not the current {found['$id']}"
                assert name in found["properties"], f"{name} is no key of {found['$id']}"
                facets += 1
    return f"{len(events)} events, {facets} facets"


@check("openlineage", "classes of openlineage-python")
def openlineage_client(out):
    from openlineage.client import event_v2
    from openlineage.client.facet_v2 import column_lineage_dataset, data_quality_metrics_dataset

    n = 0
    for event in lines(out / "exports/openlineage.ndjson"):
        event_v2.RunEvent(
            eventTime=event["eventTime"],
            producer="https://example.org",
            run=event_v2.Run(runId=event["run"]["runId"]),
            job=event_v2.Job(namespace=event["job"]["namespace"], name=event["job"]["name"]),
            eventType=event_v2.RunState(event["eventType"]),
        )
        for output in event["outputs"]:
            lineage = output["facets"].get("columnLineage")
            if lineage:
                for field in lineage["fields"].values():
                    inputs = [
                        column_lineage_dataset.InputField(
                            **{**i, "transformations": [column_lineage_dataset.Transformation(**t) for t in i["transformations"]]}
                        )
                        for i in field["inputFields"]
                    ]
                    column_lineage_dataset.Fields(inputFields=inputs)
                    n += 1
            metrics = output["facets"].get("dataQualityMetrics")
            for column in (metrics or {}).get("columnMetrics", {}).values():
                data_quality_metrics_dataset.ColumnMetrics(**column)
    return f"{n} columns"


@check("prometheus", "parser of prometheus_client")
def prometheus(out):
    from prometheus_client.parser import text_string_to_metric_families

    families = list(text_string_to_metric_families((out / "exports/untaint.prom").read_text()))
    assert all(f.type == "gauge" and f.documentation for f in families)
    samples = [(s.name, tuple(sorted(s.labels.items()))) for f in families for s in f.samples]
    assert len(samples) == len(set(samples)), "a series stands twice"
    return f"{len(samples)} series"


@check("prometheus", "promtool")
def promtool(out):
    if not shutil.which("promtool"):
        raise Skipped("there is no promtool, and no registry that brings it")
    page = (out / "exports/untaint.prom").read_bytes()
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


@check("ocsf", "JSON Schema of class 2006 (ocsf-json-schema)")
def ocsf(out):
    import jsonschema
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    events = lines(out / "exports/ocsf.ndjson")
    schemas = {}
    for event in events:
        version = event["metadata"]["version"]
        if version not in schemas:
            found = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version)).get_class_schema("data_security_finding")
            schemas[version] = jsonschema.Draft202012Validator(found, format_checker=jsonschema.FormatChecker())
        valid(schemas[version], event, event["message"][:60])
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    return f"{len(events)} events"


@check("macie", "shapes of botocore's macie2")
def macie(out):
    import botocore.session

    model = botocore.session.get_session().get_service_model("macie2")
    document = json.loads((out / "exports/macie.json").read_text())
    shape = model.shape_for("Finding")

    def look(value, shape, path):
        if shape.type_name == "structure":
            assert isinstance(value, dict), path
            for key, inner in value.items():
                assert key in shape.members, f"{path} has no {key}"
                look(inner, shape.members[key], f"{path}.{key}")
        elif shape.type_name == "list":
            for at, inner in enumerate(value):
                look(inner, shape.member, f"{path}[{at}]")
        elif shape.type_name == "map":
            assert isinstance(value, dict), path
        elif shape.type_name in ("string", "timestamp"):
            assert isinstance(value, str), path
            assert not getattr(shape, "enum", None) or value in shape.enum, f"{path}: {value} is none of {shape.enum}"
        elif shape.type_name in ("integer", "long"):
            assert isinstance(value, int) and not isinstance(value, bool), path
        elif shape.type_name == "boolean":
            assert isinstance(value, bool), path
        else:
            raise ValueError(f"{path}: a {shape.type_name}")

    for finding in document["findings"]:
        look(finding, shape, "finding")
        for detections in finding["classificationDetails"]["result"]["sensitiveData"]:
            for detection in detections["detections"]:
                assert sum(len(v) for v in detection["occurrences"].values()) <= 15
    return f"{len(document['findings'])} findings"


@check("sarif", "@microsoft/sarif-multitool validate")
def sarif(out):
    if not shutil.which("sarif-multitool"):
        raise Skipped("there is no npm, or it cannot install the tool")
    log = WORK / f"{out.name}-validated.sarif"
    command = ["sarif-multitool", "validate", str(out / "exports/untaint.sarif"), "--output", str(log), "--log", "ForceOverwrite"]
    # What GitHub asks for beyond the standard. The command on the path is a shell script that parts words at semicolons.
    tools = pathlib.Path(shutil.which("sarif-multitool")).resolve().parents[1]
    binaries = sorted(tools.glob("sarif-multitool-*/Sarif.Multitool")) or sorted(tools.parent.glob("sarif-multitool-*/Sarif.Multitool"))
    if binaries:
        command = [str(binaries[0]), *command[1:], "--rule-kind", "Sarif;Ghas"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not log.exists():
        raise ValueError((done.stdout + done.stderr)[:1000])
    results = json.loads(log.read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
    errors = [r for r in results if r.get("level", "warning") == "error"]
    assert not errors, "; ".join(f"{r['ruleId']} {json.dumps(r['message'])[:200]}" for r in errors[:5])
    told = sorted({f"{r['ruleId']} {r.get('level', 'warning')}" for r in results})
    return "no error" + (f"; {', '.join(told)}" if told else "")


@check("junit", "XML Schemas of Ant's and Jenkins' form")
def junit(out):
    from lxml import etree

    document = etree.parse(str(out / "exports/junit.xml"))
    for name in ("JUnit.xsd", "junit-10.xsd"):
        etree.XMLSchema(etree.parse(str(schema(f"junit/{name}")))).assertValid(document)
    return f"{len(document.findall('.//testcase'))} test cases"


@check("model-monitor", "the keys that its documentation names", [""])
def model_monitor(_):
    statistics = json.loads((WORK / "sample.profile.statistics.json").read_text())
    constraints = json.loads((WORK / "sample.profile.constraints.json").read_text())
    types = {"Integral", "Fractional", "String", "Unknown"}
    assert set(statistics) == {"version", "dataset", "features"} and statistics["dataset"]["item_count"] > 0
    assert set(constraints) == {"version", "features", "monitoring_config"}
    for feature in statistics["features"]:
        kind = "string_statistics" if feature["inferred_type"] in ("String", "Unknown") else "numerical_statistics"
        assert feature["inferred_type"] in types and set(feature) == {"name", "inferred_type", kind}, feature
        common = feature[kind]["common"]
        assert set(common) == {"num_present", "num_missing"}
        if kind == "numerical_statistics":
            buckets = feature[kind]["distribution"]["kll"]["buckets"]
            assert sum(b["count"] for b in buckets) == common["num_present"] and 0 < len(buckets) <= 10
            assert all(b["lower_bound"] <= b["upper_bound"] for b in buckets)
    for feature in constraints["features"]:
        assert feature["inferred_type"] in types and 0 <= feature["completeness"] <= 1
    return "there is no published schema"


sys.exit(1 if wrong else 0)
