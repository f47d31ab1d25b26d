"""Templates in the language that is spoken: `{% trans %}`, and the filters `told` and `digits`."""

from jinja2 import Environment

from parity.language import digits, gettext, ngettext, told


def translated(environment: Environment) -> Environment:
    """The same environment, whose templates are rendered in the language of that moment."""
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    # What the extension adds to an environment is not in its type.
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {"told": told, "digits": digits}
    return environment
