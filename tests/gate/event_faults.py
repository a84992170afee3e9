"""Faults of events: publishers, queues, mappings and registrations."""

from functools import partial

from tests.gate.fault import CREDIT, CUSTOMER, SSN, Fault, Template, properties


def put_events(template: Template) -> Template:
    """Return the conditions of the forwarder's permission to publish events."""
    statements = properties(template, "ForwarderRole")["Policies"][0]["PolicyDocument"]["Statement"]
    found: Template = next(one for one in statements if one["Action"] == "events:PutEvents")
    conditions: Template = found["Condition"]["StringEqualsIfExists"]
    return conditions


def remove(resource: str, name: str, template: Template) -> None:
    """Remove a property of a resource."""
    del properties(template, resource)[name]


FAULTS = [
    Fault(
        "a publisher of events of any source",
        CUSTOMER,
        lambda t: put_events(t).pop("events:source"),
        "ForwarderRole",
        "Policies",
    ),
    Fault(
        "a publisher of events of any type",
        CUSTOMER,
        lambda t: put_events(t).pop("events:detail-type"),
        "ForwarderRole",
        "Policies",
    ),
    Fault(
        "a source that other roles may use",
        CREDIT,
        lambda t: t["Resources"].pop("SourcePolicy"),
        "ForwarderRole",
        "Policies",
    ),
    Fault(
        "a bus policy for another source than the role's",
        CREDIT,
        lambda t: properties(t, "SourcePolicy")["Statement"]["Condition"]["StringEquals"].update(
            {"events:source": "/dossier/dev/ssn"}
        ),
        "ForwarderRole",
        "Policies",
    ),
    Fault(
        "a queue that every rule may fill",
        SSN,
        lambda t: properties(t, "ConsumerQueuePolicy")["PolicyDocument"]["Statement"][0].pop("Condition"),
        "ConsumerQueuePolicy",
        "PolicyDocument",
    ),
    Fault(
        "a queue that the rule of another stack may fill",
        SSN,
        lambda t: properties(t, "ConsumerQueuePolicy")["PolicyDocument"]["Statement"][0]["Condition"].update(
            ArnEquals={"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/*"}
        ),
        "ConsumerQueuePolicy",
        "PolicyDocument",
    ),
    Fault(
        "a rule whose queue refuses its events",
        SSN,
        lambda t: properties(t, "ConsumerQueuePolicy")["Queues"].pop(0),
        "ConsumerRule",
        "Targets",
    ),
    Fault(
        "a queue that delivers again while the function works",
        CREDIT,
        lambda t: properties(t, "ConsumerQueue").update(VisibilityTimeout=59),
        "ConsumerQueue",
        "VisibilityTimeout",
    ),
    Fault(
        "a queue without dead letters",
        CREDIT,
        lambda t: properties(t, "ConsumerQueue").pop("RedrivePolicy"),
        "ConsumerQueue",
        "RedrivePolicy",
    ),
    Fault(
        "a batch that fails as a whole",
        CREDIT,
        lambda t: properties(t, "ConsumerMapping").pop("FunctionResponseTypes"),
        "ConsumerMapping",
        "FunctionResponseTypes",
    ),
    *(
        Fault(
            f"a stream without {name}",
            CUSTOMER,
            partial(remove, "ForwarderMapping", name),
            "ForwarderMapping",
            name,
        )
        for name in (
            "MaximumRetryAttempts",
            "MaximumRecordAgeInSeconds",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
        )
    ),
    Fault(
        "a registration for erasures that ends before its table",
        SSN,
        lambda t: t["Resources"]["ErasureParticipant"].update(DeletionPolicy="Delete"),
        "ErasureParticipant",
        "DeletionPolicy",
    ),
]
