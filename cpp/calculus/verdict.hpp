// What an adaptive integration says after a round.
#pragma once

namespace mlcore::calculus {

enum class Verdict { more, converged, budget, roundoff, not_finite };

}  // namespace mlcore::calculus
