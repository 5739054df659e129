//! Takes a stretch and its best split, and yields the p-value of that split: how often the same values
//! in a random order split as well *somewhere*. The maximum is taken anew in every order, so the p of a
//! split chosen by maximising is an honest one.
//!
//! p = (b + 1) / (B + 1), b of B orders reaching the statistic (Phipson & Smyth, arXiv 1603.05766), so
//! it is never 0. Sequential (Besag & Clifford, *Biometrika* 78 (1991), 301): drawing stops at the h-th
//! order that reaches it, h being the fewest that rule out p ≤ α, and then p = h / (orders drawn),
//! which is as valid, above α, and cheap: a level stretch takes some dozens of orders and not all B.

use super::energy::{Energy, Tree};
use crate::stats::{Alpha, random::Random};

/// B: the smallest p is 1/200.
const ORDERS: u32 = 199;

/// B for stretches longer than [`LONG`], where the smallest p is 1/100: each order takes long, and what
/// is found is tested again between its neighbours.
const ORDERS_OF_LONG: u32 = 99;

/// In nights.
const LONG: usize = 1_000;

/// The p of a best split with this `statistic`, in (0, 1].
pub(super) fn p_of_maximum(
    energy: &Energy,
    statistic: f64,
    alpha: Alpha,
    random: &mut Random,
    tree: &mut Tree,
) -> f64 {
    let orders = if energy.order().len() > LONG { ORDERS_OF_LONG } else { ORDERS };
    let enough = (alpha.get() * f64::from(orders + 1) * (1.0 + 1e-12)).floor() as u32;
    // Already b = 0 would not do: no order can make it significant.
    let enough = enough.max(1);
    let mut order = energy.order().to_vec();
    let mut reached = 0;
    for drawn in 1..=orders {
        random.shuffle(&mut order);
        reached += u32::from(energy.reaches(&order, statistic, tree));
        if reached == enough {
            return f64::from(reached) / f64::from(drawn);
        }
    }
    f64::from(reached + 1) / f64::from(orders + 1)
}
