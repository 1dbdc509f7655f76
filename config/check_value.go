package config

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Checks of one value each. They say what is wrong and what to do; an empty what
// is a good value. None of them repeats a value that could hold a secret.

var (
	tenantPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}$`)
	systemPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	scopePattern  = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`) // RFC 6749, 3.3
)

func checkTenant(_ *reader, value string) (what, do string) {
	if tenantPattern.MatchString(value) {
		return "", ""
	}
	return "is not a tenant's name", "write 2 to 63 lower-case letters a to z, digits and hyphens, such as exempelkommun"
}

func checkSystemName(_ *reader, value string) (what, do string) {
	if systemPattern.MatchString(value) {
		return "", ""
	}
	return "is not a name for a system", "write lower-case letters a to z, digits, - and _, such as journal; what staff call it goes to display_name"
}

const organization = "Organization/"

// unitID drops the resource type of a reference, so that a unit has one name.
func unitID(name string) string { return strings.TrimPrefix(name, organization) }

// checkUnit takes an Organization's id, an identifier of it, or its name: which
// it is shows when the units have been read.
func checkUnit(r *reader, value string) (what, do string) {
	const most = 100
	if strings.TrimSpace(unitID(value)) == "" || utf8.RuneCountInString(value) > most {
		return "is not a unit", "write the id of its Organization, its HSA-id or its name"
	}
	return checkOneLine(r, value)
}

func trimSlash(s string) string { return strings.TrimRight(s, "/") }

func checkURL(_ *reader, value string) (what, do string) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.ContainsFunc(value, unicode.IsSpace):
		return "is not an address", "write it such as https://fhir.example.se/r4"
	case u.User != nil:
		return "holds a user or password", "remove it and use auth; replace the password: it may have been copied with this file"
	case u.RawQuery != "" || u.ForceQuery:
		return "holds a query", "write the base address alone; how to sign in goes to auth"
	case u.Fragment != "" || strings.HasSuffix(value, "#"):
		return "holds a fragment (#)", "write the base address alone"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "is http:// to another machine, where care records would go unprotected", "write https://"
	}
	return "", ""
}

// loopback says whether a host is this machine, without asking the network.
func loopback(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761, 6.3
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// A proxy sees only TLS, since all systems but loopback are https; so it may
// itself be http, as most are.
func checkProxy(_ *reader, value string) (what, do string) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		return "is not the address of a proxy", "write it such as http://proxy.example.se:3128"
	case u.User != nil:
		return "holds a user or password, and proxies that ask for one are not supported in this version", "remove it; replace the password: it may have been copied with this file"
	case u.RawQuery != "" || u.Fragment != "" || trimSlash(u.Path) != "":
		return "is more than the address of a proxy", "write it such as http://proxy.example.se:3128"
	}
	return "", ""
}

func checkOneLine(_ *reader, value string) (what, do string) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "holds a line break or control character", "write it in one line"
	}
	return "", ""
}

// checkDisplayName keeps the texts of Flags and Tasks short and in one line.
func checkDisplayName(r *reader, value string) (what, do string) {
	const most = 60
	if n := utf8.RuneCountInString(value); n > most {
		return fmt.Sprintf("is %d letters long, and texts have room for %d", n, most), "write a shorter name"
	}
	return checkOneLine(r, value)
}

func checkScope(_ *reader, value string) (what, do string) {
	if scopePattern.MatchString(value) {
		return "", ""
	}
	return "is not one scope", "write a list with one scope each, such as [system/*.rs, system/Task.cruds]"
}

func checkAtLeastAnHour(_ *reader, value string) (what, do string) {
	return atLeast(value, time.Hour)
}

func checkAtLeastADay(_ *reader, value string) (what, do string) {
	return atLeast(value, 24*time.Hour)
}

func checkAtLeastASecond(_ *reader, value string) (what, do string) {
	return atLeast(value, time.Second)
}

func atLeast(value string, least time.Duration) (what, do string) {
	if d, bad, _ := parseDuration(value); bad == "" && d < least {
		return "is too short", "write at least " + durationString(least)
	}
	return "", ""
}

// checkCertificates sees that a PEM file is there and holds a certificate. It is
// skipped where nothing outside of the configuration is looked at.
func checkCertificates(r *reader, value string) (what, do string) {
	if strings.HasPrefix(value, filePrefix) {
		return "is a path, and needs no file: in front", "write the path alone"
	}
	if r.env == nil {
		return "", ""
	}
	path := beside(r.file, value)
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxSize) {
		return path + " is not a PEM file", "name a file with certificates in PEM"
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		var e *secretError
		if errors.As(fileError(path, err), &e) {
			return e.what, e.do
		}
		return "cannot be read", "is the path right?"
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return "", ""
		}
	}
	return path + " holds no certificate in PEM", "a file that begins with -----BEGIN CERTIFICATE----- is needed; convert DER with: openssl x509 -inform der"
}
