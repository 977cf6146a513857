use std::fmt;
use std::str::FromStr;

/// One thing a profile may do: what a route asks for (a column of the permission matrix).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// See live values.
    Monitor,
    /// See what the server remembers: histories, consumption.
    Analysis,
    ResetPartialEnergies,
    /// Declare devices, points and hierarchies.
    Declare,
    Diagnostic,
    ChangeOwnPassword,
}

impl Right {
    pub const ALL: [Right; 6] = [
        Right::Monitor,
        Right::Analysis,
        Right::ResetPartialEnergies,
        Right::Declare,
        Right::Diagnostic,
        Right::ChangeOwnPassword,
    ];
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Right::Monitor => "monitor",
            Right::Analysis => "analysis",
            Right::ResetPartialEnergies => "reset_partial_energies",
            Right::Declare => "declare",
            Right::Diagnostic => "diagnostic",
            Right::ChangeOwnPassword => "change_own_password",
        })
    }
}

/// A set of rights. The profiles are not a ladder: ask a profile for a right, never for its rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UserProfile {
    /// Entered without a password.
    User,
    AdvancedUser,
    Administrator,
}

impl UserProfile {
    pub const ALL: [UserProfile; 3] = [
        UserProfile::User,
        UserProfile::AdvancedUser,
        UserProfile::Administrator,
    ];

    /// The permission matrix, one row per profile.
    pub fn rights(self) -> &'static [Right] {
        match self {
            UserProfile::User => &[Right::Monitor, Right::Analysis, Right::Diagnostic],
            UserProfile::AdvancedUser => &[
                Right::Monitor,
                Right::Analysis,
                Right::ResetPartialEnergies,
                Right::Diagnostic,
                Right::ChangeOwnPassword,
            ],
            UserProfile::Administrator => &[
                Right::Monitor,
                Right::Analysis,
                Right::ResetPartialEnergies,
                Right::Declare,
                Right::Diagnostic,
                Right::ChangeOwnPassword,
            ],
        }
    }

    /// The password that a new installation starts with; `None` for a profile without password.
    pub fn factory_password(self) -> Option<&'static str> {
        match self {
            UserProfile::User => None,
            UserProfile::AdvancedUser => Some("UserAdvanced"),
            UserProfile::Administrator => Some("Admin"),
        }
    }

    pub fn needs_password(self) -> bool {
        self.factory_password().is_some()
    }
}

impl fmt::Display for UserProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UserProfile::User => "user",
            UserProfile::AdvancedUser => "advanced_user",
            UserProfile::Administrator => "administrator",
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a user profile")]
pub struct UnknownUserProfile(String);

impl FromStr for UserProfile {
    type Err = UnknownUserProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        UserProfile::ALL
            .into_iter()
            .find(|profile| profile.to_string() == text)
            .ok_or_else(|| UnknownUserProfile(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The permission matrix of the requirements (2.1), typed off by hand.
    const MATRIX: &str = "
        right                   user  advanced_user  administrator
        monitor                 yes   yes            yes
        analysis                yes   yes            yes
        reset_partial_energies  no    yes            yes
        declare                 no    no             yes
        diagnostic              yes   yes            yes
        change_own_password     no    yes            yes
    ";

    // ACC-04
    #[test]
    fn rights_follow_the_matrix_exactly() {
        let mut lines = MATRIX.trim().lines();
        let profiles: Vec<UserProfile> = lines
            .next()
            .expect("the matrix has a title row")
            .split_whitespace()
            .skip(1)
            .map(|word| word.parse().expect("a profile"))
            .collect();
        let mut rights_seen = Vec::new();
        for line in lines {
            let mut cells = line.split_whitespace();
            let right = cells.next().expect("a right");
            for (profile, cell) in profiles.iter().zip(cells) {
                let has = profile.rights().iter().any(|own| own.to_string() == right);
                assert_eq!(has, cell == "yes", "{right} of {profile}");
            }
            rights_seen.push(right.to_owned());
        }
        assert_eq!(profiles, UserProfile::ALL);
        assert_eq!(rights_seen, Right::ALL.map(|right| right.to_string()));
    }

    // ACC-01
    #[test]
    fn a_profile_is_read_back_from_its_name_and_from_nothing_else() {
        for profile in UserProfile::ALL {
            assert_eq!(
                profile.to_string().parse::<UserProfile>().ok(),
                Some(profile)
            );
        }
        assert!("Administrator".parse::<UserProfile>().is_err());
        assert!("".parse::<UserProfile>().is_err());
    }
}
