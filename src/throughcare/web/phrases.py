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
    marked("Whether you have dementia. A crew that does not know may misread what it sees."),
    marked("Sexual health"),
    marked("What is recorded about sexual health. It is kept back already."),
)
"""Titles and texts of the switches of `throughcare.consent.choices`; a test compares."""

READERS: Final = (
    marked("An ambulance crew"),
    marked("A hospital nurse"),
    marked("A GP"),
    marked("A psychiatrist"),
    marked("A pharmacist"),
    marked("A social worker"),
    marked("A care assistant"),
    marked("A receptionist"),
    marked("The privacy officer"),
    marked("Who looks after the computers"),
    marked("A researcher"),
    marked("Who counts for the service"),
)
"""Kinds of reader, by `throughcare.consent.readers.NAMES`; a test compares."""


WAYS: Final = (
    marked("after you have said yes"),
    marked("before they have asked you"),
    marked("after you have said no to them"),
    marked("if they do not care for you"),
    marked("if they only say that they care for you"),
    marked("in an emergency, if you cannot be asked"),
    marked("in an emergency, after you have said no"),
    marked("if they break the glass and say why"),
    marked("for social care, if they care for you"),
    marked("for social care, if they do not"),
    marked("to run the service"),
    marked("for public health"),
    marked("for research"),
)
"""When they would look, by `throughcare.consent.readers.WAYS`; a test compares."""


KINDS: Final = (
    marked("name and address"),
    marked("allergies"),
    marked("conditions"),
    marked("conditions that limit daily life"),
    marked("medicines"),
    marked("plans"),
    marked("alerts"),
    marked("measurements"),
    marked("test results"),
    marked("consultations"),
    marked("visits"),
    marked("operations and treatments"),
    marked("vaccinations"),
    marked("letters"),
    marked("care notes"),
    marked("ambulance calls"),
    marked("social care"),
    marked("people to call"),
    marked("about me"),
    marked("food and drink"),
    marked("your choices"),
    marked("appointments"),
    marked("letters and plans"),
    marked("sexual health"),
    marked("mental health"),
)
"""Kinds of entry, by `throughcare.summary.words` and `throughcare.model.granting`; a test too."""


MONTHS: Final = (
    *(marked("January"), marked("February"), marked("March"), marked("April"), marked("May")),
    *(marked("June"), marked("July"), marked("August"), marked("September"), marked("October")),
    *(marked("November"), marked("December")),
)
"""Months as `throughcare.summary.dates` writes them in full; a test compares."""


TYPES: Final = (
    *(marked("Allergy"), marked("Care plan"), marked("Care team"), marked("Message")),
    *(marked("Document"), marked("Condition"), marked("Consent"), marked("Device")),
    *(marked("Test report"), marked("Letter"), marked("Visit"), marked("Alert"), marked("Goal")),
    *(marked("Vaccination"), marked("Medicine given"), marked("Medicine dispensed")),
    *(marked("Medicine"), marked("Observation"), marked("Details"), marked("Procedure")),
    *(marked("Form"), marked("Contact"), marked("Referral"), marked("Request"), marked("Plan")),
    *(marked("Care note"), marked("Ambulance call"), marked("Test result"), marked("Measurement")),
    *(marked("Social care"), marked("About me"), marked("Diet"), marked("Source document")),
    marked("Entry"),
)
"""What kind of entry a line is, by `throughcare.summary.words.type_name`; a test compares."""


SOURCES: Final = (
    *(marked("GP"), marked("hospital"), marked("council"), marked("ambulance")),
    *(marked("care home"), marked("consent form"), marked("letter"), marked("entered here")),
    marked("the person"),
)
"""Where an entry comes from, by `throughcare.summary.words.source_name`; a test compares."""


READINGS: Final = (
    *(marked("Blood pressure"), marked("Upper number"), marked("Lower number"), marked("Weight")),
    *(marked("Pulse"), marked("beats a minute"), marked("Temperature"), marked("Oxygen level")),
    marked("Blood sugar"),
)
"""What people measure at home, by `throughcare.model.telling.KINDS`; a test compares."""


ABOUT_ME: Final = (
    marked("What is most important to me"),
    marked("People who are important to me"),
    marked("How I communicate and how to communicate with me"),
    marked("My wellness"),
    marked("Please do and please don't"),
    marked("How and when to support me"),
    marked("Also worth knowing about me"),
)
"""Headings of About Me, by `throughcare.model.telling.HEADINGS`; a test compares."""


ANSWERS: Final = (
    marked("Sent. Nobody has answered yet."),
    marked("They have it."),
    marked("They are looking into it."),
    marked("They are waiting for something."),
    marked("Done. They have dealt with it."),
    marked("They looked, and did not change it."),
    marked("They could not change it."),
    marked("Closed."),
)
"""What became of something that was called wrong, by `throughcare.summary.own.STATES`."""


ACTING: Final = (
    marked("Parental responsibility"),
    marked("Lasting power of attorney for health and welfare"),
    marked("Deputy for personal welfare"),
    marked("Chosen by the person"),
    marked("everything but what is kept back as sensitive"),
    marked("bookings and repeat prescriptions"),
    marked("some kinds of entry"),
    marked("You see everything but what is kept back as sensitive."),
    marked(
        "What is kept back as sensitive, and what a service keeps to itself or from the "
        "person, is not shown here, whether or not there is any."
    ),
    marked("You see what the person chose to share with you, not the whole record."),
    marked("At this age you see bookings and repeat prescriptions, not the record."),
)
"""In what right somebody acts, and how far they see."""


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
    marked("This page is not for your role. Go back to the start page."),
    marked("There is no page at this address. Go back to the start page."),
    marked("You are not signed in, or your session has ended. Ask for a new sign-in link."),
    marked("This sign-in link has been used or has expired. Ask for a new one."),
    marked("This form is out of date. Go back, load the page again and repeat it."),
    marked("Nobody else has this sign-in name here. Ask them how it is spelt."),
    marked("This day is over. Choose a later one."),
    marked("This is not a day of the calendar. Write day, month and year, such as 1 4 2027."),
    marked("A link to one file can have no passcode. Choose one of the two."),
)
"""Titles of errors, and the sentences that people without a mistake of theirs meet most."""
