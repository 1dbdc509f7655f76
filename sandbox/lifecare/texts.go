package lifecare

// serviceTypes are the codes and words for what is granted and carried out. A
// municipality sets them itself: these are the simulated one's.
var serviceTypes = map[string]coded{
	"personal-care": {"PO", "Personlig omvårdnad"},
	"respite":       {"AVL", "Avlösning i hemmet"},
	"companion":     {"LED", "Ledsagning"},
	"shopping":      {"INK", "Inköp"},
	"cleaning":      {"STÄD", "Städ"},
	"laundry":       {"TVÄTT", "Tvätt"},
	"meal-delivery": {"MAT", "Matdistribution"},
	"safety-alarm":  {"LARM", "Trygghetslarm"},
	"day-activity":  {"DAG", "Dagverksamhet"},
	"care-home":     {"SÄBO", "Särskilt boende"},
	// Granted in words of its own, which no code table knows.
	"": {"ÖVR17", "Ledsagning till gudstjänst"},
}

// Services gives the words for the service codes of domain.md, as Type and
// Services write them ("personal-care": "Personlig omvårdnad").
func Services() map[string]string {
	all := map[string]string{}
	for code, c := range serviceTypes {
		if code != "" {
			all[code] = c.Text
		}
	}
	return all
}

// The categories of executions.
var (
	homeCare    = coded{"HTJ", "Hemtjänst"}
	careHome    = coded{"SÄBO", "Särskilt boende"}
	dayActivity = coded{"DAG", "Dagverksamhet"}
	healthCare  = coded{"HSV", "Hemsjukvård"}
)
