package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"brygga/care"
)

// ParamType is what values a parameter takes.
type ParamType string

// The types of parameters.
const (
	TypeBool     ParamType = "bool"     // true, false
	TypeDays     ParamType = "days"     // whole days
	TypeMonths   ParamType = "months"   // calendar months
	TypeCount    ParamType = "count"    // a number of something
	TypeShare    ParamType = "share"    // 0 to 1
	TypeChoice   ParamType = "choice"   // one of Values
	TypeServices ParamType = "services" // service codes with commas between; empty: none
	TypeDate     ParamType = "date"     // YYYY-MM-DD; empty: not set
)

// ParamSpec is one parameter: its name, what it takes, and its default.
type ParamSpec struct {
	Name    string // "plan.review.months"
	Type    ParamType
	Default string
	// Min and Max bound numbers, both included.
	Min, Max int
	Values   []string // of a choice
	Text     Text
}

// Unit is the unit of its values, for a person to read; empty where there is none.
func (s *ParamSpec) Unit() Text {
	switch s.Type {
	case TypeDays, TypeMonths:
		return Words("unit." + string(s.Type))
	}
	return Text{}
}

// visitDays is how far back visits are pulled (fhir.md, "Reading back and pulling").
const visitDays = 35

// general are the parameters that belong to statuses and not to one rule.
func general() []ParamSpec {
	specs := []ParamSpec{
		{Name: "contact.absence_days", Type: TypeDays, Default: "28", Min: 1, Max: 366},
		{
			Name: "contact.service_only", Type: TypeServices,
			Default: "shopping,cleaning,laundry,meal-delivery,safety-alarm",
		},
		{Name: "contact.care_home_from", Type: TypeDate},
	}
	for i := range specs {
		specs[i].Text = Words("param." + specs[i].Name)
	}
	return specs
}

// General lists the parameters that belong to the statuses and not to one rule.
func General() []ParamSpec { return general() }

// params are the parameters of one rule. Its default for enabled is the pack's.
func (e entry) params() []ParamSpec {
	var specs []ParamSpec
	add := func(name string, s ParamSpec) {
		s.Name = e.code + "." + name
		s.Text = Words("param." + name)
		specs = append(specs, s)
	}
	add("enabled", ParamSpec{Type: TypeBool, Default: "false"})
	if c := e.clock; c != nil {
		if c.months > 0 {
			add("months", ParamSpec{Type: TypeMonths, Default: strconv.Itoa(c.months), Min: 1, Max: 60})
		} else if !c.fixed {
			add("days", ParamSpec{Type: TypeDays, Default: strconv.Itoa(c.days), Min: 0, Max: 366})
		}
		if !c.noWarn {
			add("warn", ParamSpec{Type: TypeDays, Default: strconv.Itoa(c.warn), Min: 0, Max: 180})
		}
	}
	if !e.fixed {
		values := []string{string(WriteReport), string(WriteTask), string(WriteFlagAndTask)}
		if e.writes == WriteFlag {
			values = slices.Insert(values, 1, string(WriteFlag))
		}
		add("write", ParamSpec{Type: TypeChoice, Default: string(e.writes), Values: values})
	}
	if e.clock != nil && !e.fixed {
		add("escalate_after", ParamSpec{Type: TypeDays, Default: "14", Min: 0, Max: 366})
	}
	for _, s := range e.more {
		s.Text = Words("param." + s.Name)
		specs = append(specs, s)
	}
	return specs
}

// parsed is a value once read.
type parsed struct {
	number   int
	share    float64
	yes      bool
	services care.ServiceCode
	date     care.Date
}

// parse reads a value. The error says what would have been right.
func (s *ParamSpec) parse(value string) (v parsed, err error) {
	wrong := func(want string) error { return fmt.Errorf("%s: %q is not possible; %s", s.Name, value, want) }
	switch s.Type {
	case TypeBool:
		if value != "true" && value != "false" {
			return v, wrong("write true or false")
		}
		v.yes = value == "true"
	case TypeDays, TypeMonths, TypeCount:
		v.number, err = strconv.Atoi(value)
		if err != nil || v.number < s.Min || v.number > s.Max {
			return v, wrong(fmt.Sprintf("write a whole number from %d to %d", s.Min, s.Max))
		}
	case TypeShare:
		v.share, err = strconv.ParseFloat(value, 64)
		if err != nil || !(v.share >= float64(s.Min) && v.share <= float64(s.Max)) {
			return v, wrong(fmt.Sprintf("write a share from %d to %d, such as 0.5", s.Min, s.Max))
		}
	case TypeChoice:
		for _, c := range s.Values {
			if c == value {
				return v, nil
			}
		}
		return v, wrong("write one of " + strings.Join(s.Values, ", "))
	case TypeServices:
		v.services, err = parseServices(value)
		if err != nil {
			return v, wrong(err.Error())
		}
	case TypeDate:
		if value == "" {
			return v, nil
		}
		if v.date, err = care.ParseDate(value); err != nil || v.date <= 0 {
			return v, wrong("write a date as YYYY-MM-DD, or nothing")
		}
	}
	return v, nil
}

func parseServices(value string) (care.ServiceCode, error) {
	var all care.ServiceCode
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		code, ok := care.ServiceByName(name)
		if !ok || code&(care.DayActivity|care.CareHomeService) != 0 {
			return 0, fmt.Errorf("write codes of home-care services with commas between: %s",
				strings.Join(care.ServiceNames[:8], ", "))
		}
		all |= code
	}
	return all, nil
}
