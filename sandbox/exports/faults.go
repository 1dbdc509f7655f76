package exports

import "slices"

// Faults say what goes wrong with which files.
type Faults struct {
	// HalfWritten ends in the middle of a row, under the final name, as when a
	// transfer broke. The manifest, where there is one, says what should be there.
	HalfWritten Kinds
	// OtherHeader has another name for a column, as after an upgrade.
	OtherHeader Kinds
	// WrongEncoding is UTF-8 where Windows-1252 is agreed, and the other way round.
	WrongEncoding Kinds
	// Empty has a header and no rows.
	Empty Kinds
}

// Kinds names kinds of files ("anteckningar"), as Kind lists them; "*" is each of them.
type Kinds []string

func (k Kinds) has(kind string) bool { return slices.Contains(k, kind) || slices.Contains(k, "*") }

// renamed has another name for the last column.
func renamed(columns []string) []string {
	all := slices.Clone(columns)
	all[len(all)-1] += "_ny"
	return all
}
