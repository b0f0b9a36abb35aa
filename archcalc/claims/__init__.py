"""What documents and papers state, judged against what is computed from the specs.

The ledgers in specs/claims/ are data; `ledger` reads them, `assertions` holds one class a type of
statement, `judge` derives the verdicts, `printed` makes tables and explanations of them. `measured`
are the errors on ImageNet among what is stated.
"""

from archcalc.claims.judge import Judgement, judge
from archcalc.claims.ledger import Claim, ledgers
from archcalc.claims.subject import Networks

__all__ = ["Claim", "Judgement", "Networks", "judge", "ledgers"]
