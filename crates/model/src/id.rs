use std::fmt;

macro_rules! permanent_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

permanent_id! {
    /// A device (a source), for good: renaming or moving it to another address keeps its id.
    DeviceId
}
permanent_id! {
    /// A measuring point, for good: it outlives the devices mounted on it.
    PointId
}
permanent_id! {
    /// A hierarchy, for good.
    HierarchyId
}
permanent_id! {
    /// A node of a hierarchy, for good and within it.
    NodeId
}
