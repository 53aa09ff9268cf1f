"""What there is to check, found by looking: the plug-ins of a package, the checks of a module.

Nothing is listed by hand. A class is a plug-in because its package exports it; a check is a check
because it is public and called one; and an example of a class is made from its own fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from inspect import isabstract
from types import ModuleType
from typing import Any, get_type_hints


def checks_in(module: ModuleType) -> tuple[Callable[..., None], ...]:
    """The functions ``check_*`` that a module defines, in its order.

    Examples
    --------
    >>> from armsrace.checks import models
    >>> checks_in(models)[0].__name__
    'check_clone_has_the_same_parameters'
    """
    return tuple(
        value
        for name, value in vars(module).items()
        if name.startswith("check_") and value.__module__ == module.__name__
    )


def exported_classes(package: ModuleType, kinds: tuple[type, ...]) -> tuple[type, ...]:
    """The concrete classes of some kinds that a package exports, in alphabetical order.

    Examples
    --------
    >>> from armsrace import attacks
    >>> attacks.GoodWords in exported_classes(attacks, (attacks.Evade,))
    True
    """
    exported = (getattr(package, name) for name in dir(package))
    return tuple(
        value
        for value in exported
        if isinstance(value, type) and issubclass(value, kinds) and not isabstract(value)
    )


def example_of(kind: type, values: Mapping[Any, Any]) -> Any:
    """Make an instance of a dataclass: every field without a default gets a value from a table.

    Parameters
    ----------
    kind
        The class.
    values
        Values by the name of a field or, for those that are not named, by its type.

    Raises
    ------
    LookupError
        When there is no value for a field.

    Examples
    --------
    >>> from armsrace.attacks import FocusedMail
    >>> example_of(FocusedMail, {float: 0.25})
    FocusedMail(rate=0.25, guess=0.25)
    """
    hints = get_type_hints(kind)
    given = {}
    for field in fields(kind):
        if field.default is not MISSING or field.default_factory is not MISSING:
            continue
        key = field.name if field.name in values else hints[field.name]
        if key not in values:
            raise LookupError(
                f"no value for {field.name}: {key} of {kind.__name__}; there are values for "
                f"{', '.join(map(str, values))}: add one, or give the field a default"
            )
        given[field.name] = values[key]
    return kind(**given)
