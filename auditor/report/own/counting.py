"""Where the sandbox counts: a template's tree with a filter put in wherever Jinja itself would ask nobody."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer


def weight(value: Any) -> int:
    """What a value weighs, in characters: a text its length, an element of a list 64."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple | dict | range):
        return 64 * len(value)
    return value.bit_length() // 8 if isinstance(value, int) else 0


class Counting(NodeTransformer):
    """Puts the counters where Jinja itself asks nobody: loops, `~`, {% set %} blocks, comparisons, keys and slices."""

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """A node after its children."""
        self.generic_visit(node, *args, **kwargs)
        if isinstance(node, nodes.For):
            node.iter = _through("_passes", node.iter)
        elif isinstance(node, nodes.Concat):
            return _through("_joined", nodes.List(node.nodes, lineno=node.lineno))
        elif isinstance(node, nodes.AssignBlock):
            node.filter = nodes.Filter(node.filter, "_weighed", [], [], None, None, lineno=node.lineno)
        elif isinstance(node, nodes.Operand | nodes.Compare):
            node.expr = _through("_walked", node.expr)
        elif isinstance(node, nodes.Pair):
            node.key = _through("_walked", node.key)
        elif isinstance(node, nodes.Getitem):
            if isinstance(node.arg, nodes.Slice):
                node.node = _through("_weighed", node.node)
            elif not isinstance(node.arg, nodes.Const):
                node.arg = _through("_walked", node.arg)
        return node


def _through(name: str, inner: nodes.Node) -> nodes.Filter:
    return nodes.Filter(inner, name, [], [], None, None, lineno=inner.lineno)
