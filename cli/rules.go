package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"brygga/care"
	"brygga/care/rules"
	"brygga/config"
	"brygga/jobs"
)

func (a *app) rulesCommand() *cobra.Command {
	var c choice
	cmd := &cobra.Command{
		Use:   "rules [CODE]",
		Short: "The catalogue of rules, with the parameters in force",
		Long: "Without CODE, all rules: which are on, with which parameters, who must act, what is written and on what\n" +
			"ground. With CODE, one rule in full. The parameters are those of the configuration, where there is one.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.present()
			if err != nil {
				return err
			}
			params, err := c.params(cfg)
			if err != nil {
				return err
			}
			v := newRulesView(cfg, params)
			if len(args) == 1 {
				return a.oneRule(v, args[0])
			}
			if a.json() {
				return a.printJSON(v)
			}
			a.rulesText(v)
			return nil
		},
	}
	c.flags(cmd.Flags())
	return cmd
}

// rulesView is the whole catalogue with what is in force.
type rulesView struct {
	Pack       string      `json:"pack"`
	Config     string      `json:"config,omitempty"` // the file that the parameters come from
	Parameters []paramView `json:"parameters"`       // those of the statuses, which belong to no rule
	Rules      []ruleView  `json:"rules"`
	Providers  []unitView  `json:"providers,omitempty"`
	Services   []unitView  `json:"services,omitempty"`
	Units      []unitView  `json:"units,omitempty"`
	Missing    []string    `json:"notProvided,omitempty"` // the facts that no system provides
}

// ruleView is one rule. State is on, off (in the pack, or by a setting), without
// (on, but no system provides what it needs) or weaker.
type ruleView struct {
	Code       string        `json:"code"`
	Family     string        `json:"family"`
	State      string        `json:"state"`
	Title      rules.Text    `json:"title"`
	Text       rules.Text    `json:"text"`
	Variants   []rules.Text  `json:"variants,omitempty"` // what it says instead, in some cases
	Owner      rules.Role    `json:"owner"`
	Writes     rules.Write   `json:"writes"`
	Fixed      bool          `json:"writesFixed,omitempty"`
	Deadline   bool          `json:"deadline"`
	Packs      []string      `json:"packs"`
	Ground     groundView    `json:"ground"`
	Parameters []paramView   `json:"parameters"`
	Needs      []string      `json:"needs"`
	Without    []withoutView `json:"without"`
}

type groundView struct {
	Kinds   []rules.GroundKind `json:"kinds"`
	Text    rules.Text         `json:"text"`
	Before  *rules.Text        `json:"before,omitempty"`
	Changed care.Date          `json:"changed,omitzero"` // the day on which Text began to hold
}

type paramView struct {
	Name    string          `json:"name"`
	Type    rules.ParamType `json:"type"`
	Unit    *rules.Text     `json:"unit,omitempty"`
	Default string          `json:"default"`
	Min     *int            `json:"min,omitempty"`
	Max     *int            `json:"max,omitempty"`
	Values  []string        `json:"values,omitempty"`
	Value   string          `json:"value"` // in force
	From    string          `json:"from"`  // default, pack or set
	Text    rules.Text      `json:"text"`
}

// withoutView says what the rule does without a fact; Lacking that it is so now.
type withoutView struct {
	Fact    string       `json:"fact"`
	Effect  rules.Effect `json:"effect"`
	Text    rules.Text   `json:"text"`
	Lacking bool         `json:"lacking,omitempty"`
}

// unitView is what differs for one provider, service or unit.
type unitView struct {
	Unit       string      `json:"unit"` // its name in the configuration
	Parameters []paramView `json:"parameters"`
}

// The states of a rule.
const (
	ruleOn      = "on"
	ruleOff     = "off"
	ruleWithout = "without"
	ruleWeaker  = "weaker"
)

// newRulesView gathers the catalogue; cfg may be nil: then everything is provided.
func newRulesView(cfg *config.Config, params jobs.ParamSet) *rulesView {
	v := &rulesView{Pack: params.Default.Pack()}
	provides, system := care.AllFacts, ""
	if cfg != nil {
		v.Config, provides, system = cfg.Path, cfg.Provides(), cfg.SourcesShown()
		v.Missing = kindNames(care.SystemFacts &^ provides)
	}
	byName := map[string]rules.Setting{}
	for _, s := range params.Default.List() {
		byName[s.Name] = s
	}
	for _, s := range rules.General() {
		v.Parameters = append(v.Parameters, paramOf(byName[s.Name]))
	}
	for _, r := range rules.Catalogue() {
		v.Rules = append(v.Rules, ruleOf(r, params.Default, byName, provides, system))
	}
	v.Providers, v.Services, v.Units = differing(params.Providers, byName), differing(params.Services, byName), differing(params.Units, byName)
	return v
}

// differing is what each provider, service or unit has otherwise than the tenant.
func differing(of map[string]*rules.Params, tenant map[string]rules.Setting) []unitView {
	var all []unitView
	for _, name := range sortedKeys(of) {
		u := unitView{Unit: name}
		for _, s := range of[name].List() {
			if s.Value != tenant[s.Name].Value {
				u.Parameters = append(u.Parameters, paramOf(s))
			}
		}
		all = append(all, u)
	}
	return all
}

func ruleOf(r *rules.Rule, p *rules.Params, in map[string]rules.Setting, provides care.FactSet, system string) ruleView {
	v := ruleView{
		Code: r.Code, Family: r.Family, State: ruleState(r, p, provides), Title: r.Title,
		Text: withSystem(rules.Words(r.Code+".text"), system), Owner: r.Owner, Writes: p.WritesOf(r.Code), Fixed: r.Fixed,
		Deadline: r.Deadline, Packs: append([]string{}, r.Packs...),
		Ground: groundView{Kinds: r.Ground.Kinds, Text: r.Ground.Text, Changed: r.Ground.Changed},
		Needs:  kindNames(r.Needs),
	}
	for _, other := range r.Sentences()[1:] {
		v.Variants = append(v.Variants, withSystem(other, system))
	}
	if r.Ground.Changed.Known() {
		v.Ground.Before = &r.Ground.Before
	}
	for _, s := range r.Params {
		v.Parameters = append(v.Parameters, paramOf(in[s.Name]))
	}
	for _, w := range r.Without {
		v.Without = append(v.Without, withoutView{
			Fact: w.Fact.String(), Effect: w.Effect, Text: w.Text, Lacking: !provides.Has(care.SetOf(w.Fact)),
		})
	}
	return v
}

// ruleState says whether a rule is asked, and whether in full.
func ruleState(r *rules.Rule, p *rules.Params, provides care.FactSet) string {
	if !p.Enabled(r.Code) {
		return ruleOff
	}
	state := ruleOn
	for _, w := range r.Without {
		switch {
		case provides.Has(care.SetOf(w.Fact)):
		case w.Effect == rules.Off:
			return ruleWithout
		default:
			state = ruleWeaker
		}
	}
	return state
}

func paramOf(s rules.Setting) paramView {
	v := paramView{Name: s.Name, Type: s.Type, Default: s.Default, Values: s.Values, Value: s.Value, From: s.From, Text: s.Text}
	if u := s.Unit(); u.EN != "" {
		v.Unit = &u
	}
	if s.Max > 0 {
		v.Min, v.Max = &s.Min, &s.Max
	}
	return v
}

// withSystem puts the record system's name into a sentence, as a finding has it.
func withSystem(t rules.Text, system string) rules.Text {
	name := rules.Text{SV: system, EN: system}
	if system == "" {
		name = rules.Words("system.none")
	}
	return rules.Text{
		SV: strings.ReplaceAll(t.SV, "{system}", name.SV),
		EN: strings.ReplaceAll(t.EN, "{system}", name.EN),
	}
}

func kindNames(s care.FactSet) []string {
	names := []string{}
	for _, k := range s.Kinds() {
		names = append(names, k.String())
	}
	return names
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// oneRule shows one rule in full.
func (a *app) oneRule(v *rulesView, code string) error {
	for i := range v.Rules {
		if v.Rules[i].Code == code {
			if a.json() {
				return a.printJSON(v.Rules[i])
			}
			a.ruleText(&v.Rules[i])
			return nil
		}
	}
	if like := likeIt(v, code); like != "" {
		return usage("there is no rule %q; there is %s", code, like)
	}
	return usage("%w", rules.CheckRule(code))
}

// likeIt lists the rules of which a part was written, such as their family.
func likeIt(v *rulesView, code string) string {
	var like []string
	for _, r := range v.Rules {
		if strings.Contains(r.Code, code) {
			like = append(like, r.Code)
		}
	}
	if len(like) == len(v.Rules) {
		return "" // nothing was written, or a dot
	}
	return strings.Join(like, ", ")
}
