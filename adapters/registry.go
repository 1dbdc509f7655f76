package adapters

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Registry is which kinds of system there are, by the name that the
// configuration gives as `kind`. It is a value that cli makes: nothing registers
// itself.
type Registry map[string]Kind

// Kind is a kind of system: what it is, its options as data, and how one is
// opened.
type Kind struct {
	Doc     string
	Options []Option
	// Open prepares a system and sends nothing. set has the options that were
	// given, and the defaults of the others.
	Open func(name string, set map[string]string, env Env) (Opened, error)
}

// Option is one setting of a kind, from which validation, docs and redaction come.
type Option struct {
	Name     string // under systems.<name>, with dots: "auth.client_id"
	Doc      string
	Default  string
	Required bool
	Secret   bool     // never shown
	OneOf    []string // empty: anything
}

// Env is what every system is given besides its options.
type Env struct {
	Logger zerolog.Logger
	Clock  func() time.Time
	Sleep  func(context.Context, time.Duration) error // nil: by the real clock
	Wrap   func(http.RoundTripper) http.RoundTripper  // nil: nothing
}

// Opened is a system: what it can do is not nil.
type Opened struct {
	Source Source
	Sink   Sink
	Close  func()
}

// Open checks the options against the kind's own and opens the system. The
// error names everything that is wrong; it repeats no value.
func (r Registry) Open(kind, name string, set map[string]string, env Env) (Opened, error) {
	k, ok := r[kind]
	if !ok {
		return Opened{}, fmt.Errorf("system %q: there is no kind %q; known are %s", name, kind, strings.Join(slices.Sorted(maps.Keys(r)), ", "))
	}
	full, err := k.complete(set)
	if err != nil {
		return Opened{}, fmt.Errorf("system %q: %w", name, err)
	}
	return k.Open(name, full, env)
}

// complete adds the defaults and says what does not fit.
func (k Kind) complete(set map[string]string) (map[string]string, error) {
	var errs []error
	full := map[string]string{}
	known := map[string]bool{}
	for _, o := range k.Options {
		known[o.Name] = true
		v, given := set[o.Name]
		switch {
		case given && v != "":
			if len(o.OneOf) > 0 && !slices.Contains(o.OneOf, v) {
				errs = append(errs, fmt.Errorf("%s: is none of %s", o.Name, strings.Join(o.OneOf, ", ")))
			}
			full[o.Name] = v
		case o.Required:
			errs = append(errs, fmt.Errorf("%s: is missing (%s)", o.Name, o.Doc))
		case o.Default != "":
			full[o.Name] = o.Default
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if !known[name] {
			errs = append(errs, fmt.Errorf("%s: is no option of this kind", name))
		}
	}
	return full, errors.Join(errs...)
}

// Redacted is set with every secret, and whatever is not known not to be one,
// hidden.
func (k Kind) Redacted(set map[string]string) map[string]string {
	open := map[string]bool{}
	for _, o := range k.Options {
		open[o.Name] = !o.Secret
	}
	out := map[string]string{}
	for name, v := range set {
		if !open[name] && v != "" {
			v = "(hidden)"
		}
		out[name] = v
	}
	return out
}
