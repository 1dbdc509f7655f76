package files

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pattern is a glob for names, perhaps with a date.
type pattern struct {
	glob   string
	exact  *regexp.Regexp
	anyCap *regexp.Regexp // the same, whatever the capitals
	dated  bool
}

const (
	datePart = `(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}_[0-9]{2}_[0-9]{2}|[0-9]{8})`
	timePart = `(?P<time>[0-9]{2}[-_.:]?[0-9]{2}(?:[-_.:]?[0-9]{2})?)`
)

var globClass = regexp.MustCompile(`^\[[!^]?[A-Za-z0-9-]+\]`)

// parsePattern reads a glob. It is for names in one folder: what leads elsewhere
// is no glob.
func parsePattern(glob string) (*pattern, error) {
	switch {
	case glob == "":
		return nil, errors.New("is missing")
	case strings.ContainsAny(glob, "/\\\x00"):
		return nil, errors.New("must not lead out of the folder: give the name alone, without / and \\")
	case strings.HasPrefix(glob, "."):
		return nil, errors.New("must not begin with a dot: hidden files are left alone")
	}
	var re strings.Builder
	p := &pattern{glob: glob}
	timed := false
	for rest := glob; rest != ""; {
		class := globClass.FindString(rest)
		switch {
		case strings.HasPrefix(rest, "{date}") && !p.dated:
			re.WriteString(datePart)
			p.dated = true
			rest = rest[len("{date}"):]
			continue
		case strings.HasPrefix(rest, "{time}") && p.dated && !timed:
			re.WriteString(timePart)
			timed = true
			rest = rest[len("{time}"):]
			continue
		case class != "":
			re.WriteString(strings.Replace(class, "[!", "[^", 1))
			rest = rest[len(class):]
			continue
		case strings.ContainsAny(rest[:1], "{}[]"):
			return nil, errors.New("holds { } or [ ] that are neither {date}, a {time} after it, nor a class such as [0-9]")
		case rest[0] == '*':
			re.WriteString(`.*`)
		case rest[0] == '?':
			re.WriteString(`.`)
		default:
			n := strings.IndexAny(rest, "*?[]{}")
			if n < 0 {
				n = len(rest)
			}
			re.WriteString(regexp.QuoteMeta(rest[:n]))
			rest = rest[n:]
			continue
		}
		rest = rest[1:]
	}
	var err error
	if p.exact, err = regexp.Compile(`(?s)^` + re.String() + `$`); err != nil {
		return nil, errors.New("holds a class such as [z-a] that nothing fits")
	}
	p.anyCap = regexp.MustCompile(`(?is)^` + re.String() + `$`)
	return p, nil
}

// match says whether a name fits, and which date it bears, as a time in UTC;
// zero where the pattern has none. A date that no calendar has fits nothing.
func (p *pattern) match(name string) (date time.Time, ok bool) {
	if temporary(name) {
		return date, false
	}
	m := p.exact.FindStringSubmatch(name)
	if m == nil || !p.dated {
		return date, m != nil
	}
	digits := onlyDigits(m[p.exact.SubexpIndex("date")])
	layout := "20060102"
	if i := p.exact.SubexpIndex("time"); i > 0 {
		clock := onlyDigits(m[i])
		digits += clock
		layout += "150405"[:len(clock)]
	}
	date, err := time.Parse(layout, digits)
	return date, err == nil
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// temporary says whether a name is one that programs give to a file while they
// write it, or a hidden one.
func temporary(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") {
		return true
	}
	lower := strings.ToLower(name)
	for _, end := range []string{".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".writing", ".swp", ".lock"} {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	return false
}

var (
	harmlessName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	longDigits   = regexp.MustCompile(`[0-9]{10}|[0-9]{6}[-_.][0-9]{4}`)
)

// shown is what may be said of a file: its name, if that cannot hold anything
// about a person, else only by which pattern it was found.
func (p *pattern) shown(name string) string {
	if harmlessName.MatchString(name) && !longDigits.MatchString(name) {
		return name
	}
	return "a file of " + strconv.Quote(p.glob)
}

var manifestPart = regexp.MustCompile(`\{[^}]*\}?`)

func checkManifestName(name string, of *pattern) error {
	switch {
	case name == "":
		return errors.New(`manifest needs the manifest's name, such as manifest("{name}.ok")`)
	case strings.ContainsAny(name, "/\\\x00*?[]"):
		return errors.New("the manifest lies beside its file: give its name alone, with {name}, {stem} or {date}")
	}
	for _, part := range manifestPart.FindAllString(name, -1) {
		switch part {
		case "{name}", "{stem}":
		case "{date}":
			if of != nil && !of.dated {
				return errors.New("the manifest's {date} needs {date} in glob")
			}
		default:
			return errors.New("the manifest's name holds { } that are none of {name}, {stem}, {date}")
		}
	}
	return nil
}

// manifestOf is the name of the manifest of a file, and whether it is that
// file's alone.
func (c *list) manifestOf(name string) (manifest string, own bool) {
	stem := name
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		stem = name[:i]
	}
	date := ""
	if c.names.dated {
		if m := c.names.exact.FindStringSubmatch(name); m != nil {
			date = m[c.names.exact.SubexpIndex("date")]
		}
	}
	tmpl := c.Complete.Manifest
	own = strings.Contains(tmpl, "{name}") || strings.Contains(tmpl, "{stem}")
	return strings.NewReplacer("{name}", name, "{stem}", stem, "{date}", date).Replace(tmpl), own
}

// age words how old something is, in the largest two units.
func age(d time.Duration) string {
	count := func(n int64, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	minutes := int64(d / time.Minute)
	hours := minutes / 60
	switch {
	case hours >= 48:
		return count(hours/24, "day")
	case hours >= 1:
		return count(hours, "hour")
	default:
		return count(minutes, "minute")
	}
}
