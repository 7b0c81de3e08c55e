"""The one error that means: the request is wrong, not the program."""


class InputError(ValueError):
    """A request that cannot be met; the message says what is allowed.

    Parameters
    ----------
    message
        One sentence that names the value, the limit and the unit.
    key
        Dotted key of the study file the sentence is about, if it is known where the
        error is raised. The command line prints it in front of the sentence.
    """

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.key = key
