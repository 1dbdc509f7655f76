package files

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"brygga/adapters"
)

// Kind is what the registry knows of this adapter, under the name "files". The
// lists are no options: they come from the mapping of the system, by the names
// that its records give. Without any a system opens, and has nothing to read.
func Kind(lists map[string]List) adapters.Kind {
	return adapters.Kind{
		Doc: "exports in a folder of this machine or of an SFTP server",
		Open: func(name string, set map[string]string, env adapters.Env) (adapters.Opened, error) {
			return open(name, set, env, lists)
		},
		Options: []adapters.Option{
			{Name: "folder", Doc: "where the files are on this machine, an absolute path; or else sftp"},
			{Name: "sftp.host", Doc: "the SFTP server; or else folder"},
			{Name: "sftp.port", Doc: "its port; 22"},
			{Name: "sftp.user", Doc: "whom we sign in as"},
			{Name: "sftp.password", Doc: "the password, unless there is a key", Secret: true},
			{Name: "sftp.key", Doc: "a private key, PEM, without a passphrase", Secret: true},
			{Name: "sftp.known_hosts", Doc: "a file with the server's key, as ssh-keyscan writes it; demanded"},
			{Name: "sftp.path", Doc: "the folder there; where the server puts the user"},
			{Name: "max_bytes", Doc: "of one file at most, with MiB or GiB", Default: "4GiB"},
			{Name: "connections", Doc: "lists read at one time", Default: "2"},
			{Name: "timeout", Doc: "of one SFTP request", Default: "60s"},
		},
	}
}

func open(name string, set map[string]string, env adapters.Env, lists map[string]List) (adapters.Opened, error) {
	p := parsing{set: set}
	o := Options{
		Name: name, Folder: set["folder"], Lists: lists, Logger: env.Logger, Clock: env.Clock, Sleep: env.Sleep,
		MaxBytes: p.bytes("max_bytes"), Connections: p.whole("connections", 64), Timeout: p.duration("timeout"),
	}
	for option := range set {
		if strings.HasPrefix(option, "sftp.") && set[option] != "" {
			o.SFTP = &SFTP{
				Host: set["sftp.host"], Port: p.whole("sftp.port", 65535), User: set["sftp.user"], Password: set["sftp.password"],
				Key: []byte(set["sftp.key"]), KnownHosts: set["sftp.known_hosts"], Path: set["sftp.path"],
			}
			break
		}
	}
	if err := errors.Join(p.errs...); err != nil {
		return adapters.Opened{}, fmt.Errorf("system %q: %w", name, err)
	}
	s, err := New(o)
	if err != nil {
		return adapters.Opened{}, err
	}
	return adapters.Opened{Source: s, Close: s.Close}, nil
}

// parsing reads options; its errors repeat no value.
type parsing struct {
	set  map[string]string
	errs []error
}

func (p *parsing) bad(name, what string) { p.errs = append(p.errs, fmt.Errorf("%s: %s", name, what)) }

func (p *parsing) whole(name string, most int) int {
	n, err := strconv.Atoi(p.set[name])
	if p.set[name] != "" && (err != nil || n < 1 || n > most) {
		p.bad(name, fmt.Sprintf("is not a whole number from 1 to %d", most))
	}
	return n
}

func (p *parsing) duration(name string) time.Duration {
	d, err := time.ParseDuration(p.set[name])
	if p.set[name] != "" && (err != nil || d < time.Second) {
		p.bad(name, "is not a duration such as 60s, of a second or more")
	}
	return d
}

func (p *parsing) bytes(name string) int64 {
	v, unit := p.set[name], int64(1)
	for end, is := range map[string]int64{"MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(v, end); ok {
			v, unit = strings.TrimSpace(rest), is
		}
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if p.set[name] != "" && (err != nil || n < 1 || n > 1<<40/unit) {
		p.bad(name, "is not a size such as 500MiB or 4GiB")
		return 0
	}
	return n * unit
}

// ParseComplete reads what a mapping writes: "quiet(60s)", "manifest({name}.ok)",
// "pattern" or "pattern(10m)"; empty is quiet. What it cannot read it does not
// repeat.
func ParseComplete(s string) (Complete, error) {
	how, rest, within := strings.Cut(strings.TrimSpace(s), "(")
	arg, closed := strings.CutSuffix(rest, ")")
	arg = strings.Trim(strings.TrimSpace(arg), `"`)
	c := Complete{How: How(strings.TrimSpace(how))}
	if within == closed {
		switch c.How {
		case "", Quiet, Pattern:
			if !within {
				return c, nil
			}
			d, err := time.ParseDuration(arg)
			if c.How == "" || err != nil || d <= 0 {
				break
			}
			c.Quiet = d
			return c, nil
		case Manifest:
			c.Manifest = arg
			if !within {
				c.Manifest = "{name}.ok"
			}
			return c, checkManifestName(c.Manifest, nil)
		}
	}
	return Complete{}, errors.New("is none of quiet(60s), manifest({name}.ok), pattern")
}
