package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"brygga/care/rules"
)

// A pack of a municipality's own is a YAML file:
//
//	pack: exempelkommun
//	extends: botkyrka          # or another own pack: grund.yaml, beside this file
//	title: {sv: ..., en: ...}  # may be left out
//	on: [sip.review]
//	off: [visit.weekly]
//	set: {plan.review.months: 4}

// isPackFile tells the path of an own pack from the name of a pack.
func isPackFile(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// packShape is what rules.pack may look like, for the schema.
func packShape() string { return "^(" + strings.Join(rules.Packs(), "|") + `|.+\.[yY][aA]?[mM][lL])$` }

// checkPack takes the name of a pack, or the path of an own one; whether that can
// be read shows when the whole configuration has been.
func checkPack(r *reader, value string) (what, do string) {
	if slices.Contains(rules.Packs(), value) {
		return "", ""
	}
	if isPackFile(value) {
		return checkOneLine(r, value)
	}
	do = "write one of them, or the path of a pack of your own that ends in .yaml"
	if near := nearest(value, rules.Packs()); near != "" {
		do = "did you mean " + near + "?"
	}
	return fmt.Sprintf("%s is not one of %s", quoted(value), strings.Join(rules.Packs(), ", ")), do
}

func checkService(_ *reader, value string) (what, do string) {
	return halves(rules.CheckService(value))
}

func checkRuleCode(_ *reader, value string) (what, do string) { return halves(rules.CheckRule(value)) }

// halves splits an error of the catalogue into what is wrong and what to do.
func halves(err error) (what, do string) {
	if err == nil {
		return "", ""
	}
	what, do, _ = strings.Cut(err.Error(), "; ")
	return shown(what), do
}

var packName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,62}$`)

func checkPackName(_ *reader, value string) (what, do string) {
	switch {
	case slices.Contains(rules.Packs(), value):
		return "is the name of a pack that brygga has", "choose another name"
	case !packName.MatchString(value):
		return "is not a name for a pack", "write lower-case letters a to z, digits and hyphens, such as exempelkommun"
	}
	return "", ""
}

// packSpec is what may stand in the file of an own pack.
var packSpec = &spec{kids: []*spec{
	{name: "pack", form: textForm, row: row{
		key: "pack", need: true, example: "exempelkommun", check: checkPackName,
		into: in(func(p *rules.Pack) any { return &p.Name }),
	}},
	{name: "extends", form: textForm, row: row{
		key: "extends", need: true, example: rules.Packs()[0], check: checkPack,
		into: in(func(p *rules.Pack) any { return &p.Extends }),
	}},
	{name: "title", form: sectionForm, row: row{key: "title"}, kids: []*spec{
		{name: "sv", form: textForm, row: row{key: "title.sv", check: checkOneLine, into: in(func(p *rules.Pack) any { return &p.Title.SV })}},
		{name: "en", form: textForm, row: row{key: "title.en", check: checkOneLine, into: in(func(p *rules.Pack) any { return &p.Title.EN })}},
	}},
	{name: "on", form: textsForm, row: row{
		key: "on", example: "[sip.review]", check: checkRuleCode, into: in(func(p *rules.Pack) any { return &p.On }),
	}},
	{name: "off", form: textsForm, row: row{
		key: "off", example: "[visit.weekly]", check: checkRuleCode, into: in(func(p *rules.Pack) any { return &p.Off }),
	}},
	{name: "set", form: pairsForm, row: row{
		key: "set", example: "{plan.review.months: 4}", into: in(func(p *rules.Pack) any { return &p.Set }),
	}},
}}

// packDepth is how many own packs may extend each other.
const packDepth = 8

// LoadPack reads a municipality's own pack with all that it extends: one of
// brygga's packs, or another own one, whose path is relative to this file. The
// pack is nil if anything is wrong; all problems are given, each with its file,
// line and column. Packs that extend each other in a circle are refused.
func LoadPack(path string) (*rules.Pack, Problems) { return loadPack(path, nil) }

// loadPack reads one file; under are the files that led to it.
func loadPack(path string, under []string) (*rules.Pack, Problems) {
	text, problem := readSource(path)
	if problem != nil {
		if problem.What == "does not exist" {
			problem.Do = "write the path of a pack; it is relative to the file that names it"
		}
		problem.Do = strings.ReplaceAll(problem.Do, "run `brygga init`", "write pack: NAME and extends: PACK")
		return nil, Problems{*problem}
	}
	n, problems := parse(path, text)
	if n == nil {
		return nil, problems
	}
	if n.shape != section {
		return nil, append(problems, Problem{
			File: path, Line: n.line, Column: n.column, What: "is " + n.shape.String() + " and not a pack", Do: "write pack: NAME and extends: PACK",
		})
	}
	r := &reader{file: path, problems: problems, keys: map[string]place{}, values: map[string]place{}}
	p := &rules.Pack{}
	r.section(packSpec, n, place{n.line, n.column}, "", p)
	r.checkSet("set", p.Set)
	for _, code := range p.Off {
		if slices.Contains(p.On, code) {
			r.fail(r.values["off"], "off", code+" stands under on, too", "remove one of the two")
		}
	}
	if isPackFile(p.Extends) {
		r.extend(p, append(under, identity(path)))
	}
	r.problems.sort()
	r.problems = append(r.problems, r.elsewhere...)
	if r.problems.Err() != nil {
		return nil, r.problems
	}
	return p, r.problems
}

// extend reads the own pack that an own pack extends.
func (r *reader) extend(p *rules.Pack, under []string) {
	base := beside(r.file, p.Extends)
	at := r.values["extends"]
	switch {
	case slices.Contains(under, identity(base)):
		r.fail(at, "extends", "these packs extend each other in a circle", "let one of them extend "+strings.Join(rules.Packs(), " or "))
		return
	case len(under) >= packDepth:
		r.fail(at, "extends", fmt.Sprintf("more than %d packs extend each other", packDepth), "put some of them together")
		return
	}
	if p.Base, r.elsewhere = loadPack(base, under); p.Base == nil {
		r.fail(at, "extends", "this pack cannot be used", "see what is said of the file")
		return
	}
	p.Extends = p.Base.Name
	for b := p.Base; b != nil; b = b.Base {
		if b.Name == p.Name {
			r.fail(r.values["pack"], "pack", "is the name of a pack that this one extends, too", "choose another name")
			return
		}
	}
}

// identity is one path for one file, as far as can be told.
func identity(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Clean(path)
}
