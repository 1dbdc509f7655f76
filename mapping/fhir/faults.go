package fhir

import "strings"

// fault is why a record cannot be read: where in it, and what is wrong there. It
// never holds the value itself.
type fault struct{ path, reason string }

func (f *fault) Error() string { return f.path + ": " + f.reason }

func badDate(path string) error {
	return &fault{path, "not a date that exists"}
}

func badCode(path string) error {
	return &fault{path, "a code outside its value set"}
}

func missing(path string) error {
	return &fault{path, "is missing"}
}

// at puts the resource type before the path of a fault: "CarePlan.created".
func (f *fault) at(typ string) string {
	if f.path == "" {
		return typ
	}
	return typ + "." + strings.TrimPrefix(f.path, ".")
}
