"""Writes CloudFormation templates as people do: short tags, short lists on one line, a blank line between resources."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_WIDTH = 120
# What stands on one line, at most: a list, or a mapping within a list.
_SHORT = 100
_FUNCTIONS = {"Ref", "Condition"}


class _Dumper(yaml.SafeDumper):
    """YAML with CloudFormation's short tags: {"Ref": x} is `!Ref x`, {"Fn::Sub": x} is `!Sub x`."""

    def ignore_aliases(self, data: Any) -> bool:
        """Say what is said twice twice: CloudFormation knows no anchors."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's
        """Indent the items of a list below its key."""
        del indentless
        super().increase_indent(flow, False)

    def choose_scalar_style(self) -> str:
        """Quote what has a short tag only where it must be, as without one."""
        event = self.event
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101 - the emitter asks this of scalars only
        implicit = event.implicit
        event.implicit = (implicit[0] or str(event.tag).startswith("!"), implicit[1])
        style: str = super().choose_scalar_style()
        event.implicit = implicit
        return style


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    folded = len(value) > _SHORT and " " in value
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=">" if folded else None)


def _mapping(dumper: _Dumper, value: dict[str, Any]) -> yaml.Node:
    if is_function(value):
        ((name, argument),) = value.items()
        # A node has one tag: a function of a function has its long form.
        if not is_function(argument):
            return _tagged(dumper, "!" + name.removeprefix("Fn::"), argument)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=False)


def _tagged(dumper: _Dumper, tag: str, argument: Any) -> yaml.Node:
    if tag == "!GetAtt":
        return dumper.represent_scalar(tag, ".".join(argument))
    node = dumper.represent_data(argument)
    node.tag = tag
    return node


def _list(dumper: _Dumper, value: list[Any]) -> yaml.Node:
    node = dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=False)
    for item in node.value:
        if isinstance(item, yaml.MappingNode):
            item.flow_style = _is_short(item)
    node.flow_style = _is_short(node)
    return node


def _is_short(node: yaml.CollectionNode) -> bool:
    """Whether a collection of nothing but scalars and lists on one line fits on one."""
    children = [child for item in node.value for child in (item if isinstance(item, tuple) else (item,))]
    plain = all(isinstance(child, yaml.ScalarNode) or _is_flow_list(child) for child in children)
    return plain and len(yaml.serialize(_flow(node), width=10_000)) <= _SHORT


def _is_flow_list(node: yaml.Node) -> bool:
    return isinstance(node, yaml.SequenceNode) and bool(node.flow_style)


def _flow(node: yaml.CollectionNode) -> yaml.CollectionNode:
    return type(node)(node.tag, node.value, flow_style=True)


def is_function(value: Any) -> bool:
    """Whether a value is an intrinsic function in its long form."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (name,) = value
    return name.startswith("Fn::") or (name in _FUNCTIONS and isinstance(value[name], str))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)


def text(
    head: str,
    preamble: Mapping[str, Any],
    sections: Mapping[str, Mapping[str, Any]],
    sources: Mapping[tuple[str, str], str],
) -> str:
    """A template's text.

    Args:
        head: comments that it begins with.
        preamble: what stands before the sections.
        sections: what each holds, by its name.
        sources: the file that each entry of a section is from; a comment says so.
    """
    parts = [head + dump(preamble)]
    for section, entries in sections.items():
        parts.append("\n".join([f"{section}:", *_lines(section, entries, sources)]) + "\n")
    return "\n".join(parts)


def _lines(section: str, entries: Mapping[str, Any], sources: Mapping[tuple[str, str], str]) -> Iterator[str]:
    said = ""
    for name, definition in entries.items():
        if said and section == "Resources":
            yield ""
        if said != sources[section, name]:
            said = sources[section, name]
            yield f"  # {said}"
        yield indented(dump({name: definition}))


def dump(value: Mapping[str, Any]) -> str:
    """A mapping as YAML, each key on a line of its own."""
    return yaml.dump(dict(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def indented(lines: str) -> str:
    """Lines two columns to the right."""
    return "\n".join("  " + line if line else line for line in lines.splitlines())
