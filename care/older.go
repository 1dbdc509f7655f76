package care

import "time"

// Older says whether one reading of a record is certainly older than another: by
// meta.lastUpdated where both have one and they differ, else by versionId. Two
// readings of which neither is older than the other cannot be ordered.
func Older(updated time.Time, version string, thanUpdated time.Time, thanVersion string) bool {
	return stamp{updated, version}.before(stamp{thanUpdated, thanVersion})
}
