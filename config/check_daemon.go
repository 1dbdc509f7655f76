package config

import (
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// fiveYears is how long health care keeps its logs; social services have no number.
const fiveYears = 1826 * 24 * time.Hour

var loincPattern = regexp.MustCompile(`^[0-9]{1,7}-[0-9]$`)

func checkAtLeastFiveYears(_ *reader, value string) (what, do string) {
	if what, do = atLeast(value, fiveYears); what != "" {
		return "is shorter than the five years that the audit log is kept", do
	}
	return "", ""
}

// checkWholeDays takes a duration of one or more whole days.
func checkWholeDays(_ *reader, value string) (what, do string) {
	const day = 24 * time.Hour
	d, bad, _ := parseDuration(value)
	switch {
	case bad != "": // said when it is read
	case d == 0:
		return "would let no permit count", "write off where permits count for ever, or days such as 365d"
	case d%day != 0:
		return "is not in whole days", "write days, such as 365d"
	}
	return "", ""
}

func checkLOINC(_ *reader, value string) (what, do string) {
	if !loincPattern.MatchString(value) {
		return "is not a LOINC code", "write a number, a hyphen and a check digit, such as 18776-5"
	}
	sum := 0
	number, check, _ := strings.Cut(value, "-")
	for i := range number { // modulo 10: every second digit from the right is doubled
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	if strconv.Itoa((10-sum%10)%10) != check {
		return "is not a LOINC code: its check digit is wrong", "copy it from loinc.org; 18776-5 is a plan of care"
	}
	return "", ""
}

// checkMailAddress takes a bare address. It does not repeat it: it may name a person.
func checkMailAddress(_ *reader, value string) (what, do string) {
	a, err := mail.ParseAddress(value)
	if err != nil || a.Address != value || strings.ContainsAny(value, "\"\r\n\x00") {
		return "is not a mail address", "write the address alone, such as it@exempelkommun.se"
	}
	return "", ""
}

func checkHostPort(_ *reader, value string) (what, do string) {
	host, port, err := net.SplitHostPort(value)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || host == "" || bad != nil || n == 0 || strings.ContainsAny(host, "/@ ") {
		return "is not a server with its port", "write it such as smtp.exempelkommun.se:587"
	}
	return "", ""
}

// checkListen takes an address to listen at; no host is every address of this machine.
func checkListen(_ *reader, value string) (what, do string) {
	host, port, err := net.SplitHostPort(value)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || strings.ContainsAny(host, "/@ ") {
		return "is not an address to listen at", "write host and port, such as 127.0.0.1:8420"
	}
	return "", ""
}

// checkReport sees that reports on a schedule have a place to go to.
func (r *reader) checkReport(c *Config) {
	const key = "jobs.report"
	if c.Jobs.Report.Schedule != "" && c.Jobs.Report.Path == "" {
		if _, written := r.keys[key+".path"]; !written {
			r.fail(r.keys[key], key+".path", "is missing: reports on a schedule go to a folder", "write path: "+exampleOf(key+".path"))
		}
	}
}

// checkNotify sees that mail has all it needs, and goes protected to other machines.
func (r *reader) checkNotify(c *Config) {
	r.checkWebhook(c)
	const key = "notify.mail"
	m := &c.Notify.Mail
	written := func(name string) bool { _, ok := r.keys[key+"."+name]; return ok }
	needs := func(name, why string) {
		if !written(name) {
			r.fail(r.keys[key], key+"."+name, "is missing: "+why, "write "+name+": "+exampleOf(key+"."+name))
		}
	}
	for _, name := range root.kid("notify").kid("mail").keys() {
		if written(name) {
			needs("to", "nobody is sent mail without it")
			needs("smtp", "mail goes through a server")
			break
		}
	}
	if written("user") {
		needs("password", "who signs in has one")
	}
	if written("password") {
		needs("user", "the password is somebody's")
	}
	if host, _, err := net.SplitHostPort(m.SMTP); err == nil && m.TLS == MailPlain && !loopback(host) {
		r.fail(r.values[key+".tls"], key+".tls", "is none for a server on another machine, where mail and password would go unprotected", "write "+MailStartTLS+" or "+MailTLS)
	}
	if m.From == "" && len(m.To) > 0 {
		m.From = m.To[0]
	}
}

// checkWebhook sees that the secret is an address that may be posted to, and shows
// nothing of it.
func (r *reader) checkWebhook(c *Config) {
	const key = "notify.webhook"
	if !c.Notify.Webhook.Set() || r.env == nil {
		return
	}
	value, err := c.Notify.Webhook.fetch()
	if err != nil {
		return // its own problem, reported when it was read
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Fragment != "":
		r.fail(r.values[key], key, "what "+c.Notify.Webhook.String()+" holds is not an address", "put one there that begins with https://")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		r.fail(r.values[key], key, "what "+c.Notify.Webhook.String()+" holds is http:// to another machine", "put an address there that begins with https://")
	}
}
