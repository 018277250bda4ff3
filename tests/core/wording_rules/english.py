"""What the letters in English keep to."""

from __future__ import annotations

from tests.core.wording_rules.rules import Rules

ENGLISH = Rules(
    language="en",
    role="Planner",
    never={
        "cheering": r"!|\b(?:congrat\w*|great|awesome|amazing|fantastic|exciting|well done|proud|yay|hooray|superb)\b",
        "praise": r"\b(?:talented|gifted|you are (?:good|strong|brave|enough)|impressive|skills shine|brilliant)\b",
        "pity of employers": r"\b(?:unfortunately|regret\w*|sadly|sorry|alas|afraid)\b",
        "blame": r"\b(?:fail\w*|mistakes?|fault|weak\w*|lack\w*|improve\w*|should have|unsuccessful|rejected|loser)\b",
        "orders": r"\b(?:should|must|(?<!no )need to|have to do|make sure|remember to|stay positive|cheer up|don't"
        r"|do not worry|calm down|be (?:strong|positive|patient|brave)|never give up|don’t|ought)\b",
        "the future": r"\b(?:better is|next time|around the corner|sooner or later|will (?:find|get|come|work|be)|soon"
        r"|you'll|you’ll|it gets (?:better|easier)|in no time|one step closer)\b",
        "prizes": r"\b(?:win|wins|won|beat|crush|smash|prove|success\w*|opportunit\w*|journey|challenge)\b",
        "denying": r"\b(?:not personal|personally|at least|silver lining|everything happens|bright side|only a"
        r" (?:no|job)|just a (?:no|job)|no big deal|get over)\b",
        "comparing": r"\b(?:other people|others have|everyone (?:goes|faces|gets)|worse off|you are not alone"
        r"|most people (?:get|go)|many others)\b",
        "diagnosis": r"\b(?:depress\w*|burn\w* out|burnout|anxi\w*|stress\w*|suicid\w*|discouraged|hopeless|mental"
        r"|despair\w*|trauma\w*|therap\w*)\b",
        "volume": r"\b(?:apply to more|more applications|keep applying|keep going|try harder|push harder)\b",
        "a friend's voice": r"\b(?:dear|hug|sweet|buddy|love|hang in|here for you|i feel|i know how|we|us|our|i hope"
        r"|i am (?:glad|happy|here))\b",
        "silence": r"\b(?:ghost\w*|ignored? you)\b",
        "promises": r"\b(?:studies show|proven|guarantee\w*|raises? your chances|always works|helps everyone)\b",
        "links": r"https?:|www\.|\bclick\b",
    },
    doubt=r"looks? like|looks as if|reads as|I read|as far as I|seems?|I found|by the mail|please check"
    r"|if .{,40}(?:took place|was right)",
    private=r"reject|\bno\b|application|offer|interview|\bjob|talk|employer|answer from|bad|sad|invit|news",
    minutes={
        3: "three minutes",
        5: "five minutes",
        8: "eight minutes",
        10: "ten minutes",
        15: "fifteen minutes|quarter of an hour",
        20: "twenty minutes",
        30: "thirty minutes|half an hour",
    },
    tomorrow="tomorrow|next working day|not today",
    grade=6.0,
    blunt={
        # "Decided without you" belongs to roles that were stopped, and to nothing else.
        "says-not_stated": r"decided without|about (?:their|a) plan",
        "says-other": r"decided without|about (?:their|a) plan",
        "says-position_filled": r"decided without|about (?:their|a) plan|stopped|on hold",
        # No letter knows that a talk took place: who was invited has not always talked.
        "quiet-": r"\byou (?:had )?(?:spoke|spoken|talked|met)\b",
        "silence-": r"\byou (?:had )?(?:spoke|spoken|talked|met)\b",
        "opening-": r"\b(?:you (?:spoke|talked|met)|your talks?)\b.*\breads as a no\b",
    },
)
