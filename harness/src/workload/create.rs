//! `create`: the image is made, and nothing else. No guest is booted.

use reports::record::{Direction, Measurement, Metric};
use serde::{Deserialize, Serialize};

use image_prep::Image;

use super::{HostPlace, HostSteps, Place, Steps, Timed, Work};
use crate::config::{ConfigError, Keys};

/// Creation only: seconds, and bytes as the host counts them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {}

impl Create {
    pub(super) const KIND: &str = "create";

    pub(super) fn check(keys: Keys<'_>) -> Result<Create, ConfigError> {
        keys.read::<Table>().map(|_| Create {})
    }
}

impl Work for Create {
    fn place(&self) -> Place {
        Place::Host
    }
    fn bytes(&self) -> u64 {
        0
    }
    fn steps(&self, _: u64) -> Steps<'_> {
        Steps::Host(Box::<Creating>::default())
    }
}

#[derive(Default)]
struct Creating(Option<Image>);

impl HostSteps for Creating {
    fn prepare(&mut self, _: &HostPlace<'_>) -> anyhow::Result<()> {
        Ok(())
    }

    fn measure(&mut self, on: &HostPlace<'_>) -> anyhow::Result<Timed> {
        let begun = (on.now)();
        let image = Image::create(on.spec, on.image)?;
        let passed = (on.now)() - begun;
        let facts = image.facts()?;
        let bytes = |name: &str, bytes: u64| Measurement {
            metric: Metric::new(name, "B", Direction::Higher),
            value: bytes as f64,
        };
        let metrics = vec![
            bytes("apparent_bytes", facts.apparent),
            bytes("allocated_bytes", facts.allocated),
        ];
        self.0 = Some(image);
        Ok(Timed { passed, metrics, ..Timed::default() })
    }

    fn image(&self) -> Option<&Image> {
        self.0.as_ref()
    }
}
