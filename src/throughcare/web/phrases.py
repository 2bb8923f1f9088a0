"""Words of other rooms that pages show as they are, marked here so that they can be translated.

Only words of the program: what is in a record is shown in the language that it was written in.
"""

from typing import Final

from throughcare.web.languages import marked

ROLES: Final = (
    *(marked("patient"), marked("proxy"), marked("paramedic"), marked("nurse"), marked("GP")),
    *(marked("psychiatrist"), marked("pharmacist"), marked("social worker")),
    *(marked("care assistant"), marked("receptionist"), marked("privacy officer")),
    *(marked("IT lead"), marked("researcher"), marked("analyst")),
)
"""As `throughcare.summary.words.role_name` gives them."""

BANNER: Final = (
    *(marked("Male"), marked("Female"), marked("Other"), marked("Not known")),
    *(marked("Not recorded"), marked("Not shown"), marked("You")),
)

CHOICES: Final = (
    marked("My whole record"),
    marked(
        "Everything, with everybody who cares for you. In an emergency a crew may still open "
        "it with a reason, and you are told."
    ),
    marked("Mental health"),
    marked(
        "What is recorded about mental illness. Dementia is not part of this: it has a "
        "choice of its own."
    ),
    marked("Dementia"),
    marked("That you have dementia. A crew that does not know may misread what it sees."),
    marked("Sexual health"),
    marked("What is recorded about sexual health. It is already kept back unless you name it."),
)
"""Titles and texts of the switches of `throughcare.consent.choices`; a test compares."""

ERRORS: Final = (
    marked("We could not read that"),
    marked("You need to sign in"),
    marked("You cannot open this page"),
    marked("Page not found"),
    marked("This has changed meanwhile"),
    marked("This is no longer here"),
    marked("We could not do that"),
    marked("That is too large"),
    marked("Too busy at the moment"),
    marked("Something went wrong"),
    marked("There is no page at this address. Go back to the start page."),
    marked("You are not signed in, or your session has ended. Ask for a new sign-in link."),
    marked("This sign-in link has been used or has expired. Ask for a new one."),
    marked("This form is out of date. Go back, load the page again and repeat it."),
)
"""Titles of errors, and the sentences that people without a mistake of theirs meet most."""
