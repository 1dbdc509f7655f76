package lifecare

// The objects that the lists hold. Fields are those that lifecare.md names, and a
// few of free text that a reader has to drop; a pointer or a slice without
// omitempty is null where there is nothing, as such systems write it.

type client struct {
	PersonID              string `json:"PersonId"`
	FirstName, LastName   string
	Active                bool
	Deregistration        *deregistration
	ProtectedRegistration bool
	IsConfidential        bool
}

type deregistration struct {
	Date   stamp
	Reason string // Decease, Emigrated, Other
}

type contact struct {
	ID                int64  `json:"Id"`
	ClientPersonID    string `json:"ClientPersonId"`
	PersonnelPersonID string `json:"PersonnelPersonId"`
	ProviderUnitID    int64  `json:"ProviderUnitId"`
}

type servicePlan struct {
	ID                  int64  `json:"Id"`
	PersonID            string `json:"PersonId"`
	ProviderUnitID      int64  `json:"ProviderUnitId"`
	EstablishedDate     stamp
	EndDate             stamp
	ClientParticipation bool
	FollowUpDate        stamp
	Participants        []participant
	CreatedBy           string
	Text                string
}

type participant struct {
	Name string
	Role string
}

type execution struct {
	ID              int64  `json:"Id"`
	PersonID        string `json:"PersonId"`
	StartDate       stamp
	EndDate         stamp
	Law             string
	ServiceCategory coded
	ProviderUnit    unitName
	EndReasonText   string
}

type coded struct{ Code, Text string }

type unitName struct {
	ID   int64 `json:"Id"`
	Name string
}

type solDecision struct {
	ID                 int64  `json:"Id"`
	PersonID           string `json:"PersonId"`
	Type               coded
	Date               stamp
	FromDate           stamp
	ToDate             stamp
	ExecutionStartDate stamp
	ExecutionEndDate   stamp
	Decision           string
}

type personnel struct {
	ID                  int64  `json:"Id"`
	PersonID            string `json:"PersonId"`
	FirstName, LastName string
	Title               string
	HsaIDs              []hsaID `json:"HsaIds"`
	Roles               []role
	Signature           string
}

type hsaID struct {
	HsaID          string `json:"HsaId"`
	ProviderUnitID int64  `json:"ProviderUnitId"`
}

type role struct {
	Name           string
	Active         bool
	FromDate       stamp
	ToDate         stamp
	ProviderUnitID int64 `json:"ProviderUnitId"`
}

type providerUnit struct {
	ID   int64 `json:"Id"`
	Name string
	// CompanyID is whatever a municipality enters; here the HSA-id.
	CompanyID          string `json:"CompanyId"`
	IsShelteredHousing bool
	Active             bool
}

type absence struct {
	ID        int64  `json:"Id"`
	PersonID  string `json:"PersonId"`
	StartDate stamp
	EndDate   stamp
	Reason    string
}

type documentation struct {
	ID               int64 `json:"Id"`
	ExecutionID      int64 `json:"ExecutionId"`
	CreatedTime      stamp
	CreatedSignature string
	Status           string // Current, History, Deleted
	ErrorMarked      bool
	Text             string
}

type reportedVisit struct {
	ID                int64  `json:"Id"`
	ClientPersonID    string `json:"ClientPersonId"`
	PersonnelPersonID string `json:"PersonnelPersonId"`
	StartTime         stamp
	EndTime           stamp
	Status            string // Completed, CompletedAndChangedTime, Cancelled, Ongoing
	Services          []visitService
	IsDoubleManning   bool
	Law               string
}

type visitService struct {
	Name   string
	Status string // Done, NotDone
}

type relative struct {
	ID                  int64  `json:"Id"`
	PersonID            string `json:"PersonId"`
	FirstName, LastName string
	Relation            string
}
