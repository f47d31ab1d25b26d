"""What a person says of a layer that parity does not know."""

import parity


@parity.rule("Factor", torch=("Factor",), operation="factor")
def factor(context: parity.Context) -> parity.Places:
    return parity.Places((parity.Place("f", parity.COPY, "by"),))
