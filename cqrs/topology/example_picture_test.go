package topology_test

import (
	"context"
	"fmt"
	"log"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

type join struct{ cqrs.CommandOf[int] }

type joined struct{ cqrs.DomainEvent }

type joinHandler struct{ cqrs.Records1[joined] }

func newJoinHandler() *joinHandler { return &joinHandler{} }

func (h *joinHandler) Handle(context.Context, join) (int, error) {
	h.Record(joined{})
	return 1, nil
}

type mailHandler struct{}

func newMailHandler() *mailHandler { return &mailHandler{} }

func (*mailHandler) Handle(context.Context, joined) error { return nil }

func newMediator() *cqrs.Mediator {
	c := container.New()
	if err := c.ProvideAll(newJoinHandler, newMailHandler); err != nil {
		log.Fatal(err)
	}
	m, err := bootstrap.New(c,
		func(m *cqrs.RequestMap) { cqrs.BindRequest[*joinHandler](m) },
		func(m *cqrs.EventMap) { cqrs.BindEvent[*mailHandler](m, cqrs.AfterScope()) })
	if err != nil {
		log.Fatal(err)
	}
	return m
}

func ExampleApplication_Mermaid() {
	fmt.Println(newMediator().Topology().Mermaid())
	// Output:
	// flowchart TB
	//   subgraph application[" "]
	//   direction LR
	//   start[" "] ~~~ command1
	//   command1["join"]:::command
	//   handler2("joinHandler"):::handler
	//   event3[/"joined"/]:::event
	//   handler4("mailHandler"):::handler
	//   command1 --> handler2
	//   handler2 --> event3
	//   event3 -.-> handler4
	//   end
	//   subgraph legend[Legend]
	//   direction LR
	//   legend1["command"]:::command
	//   legend2("handler"):::handler
	//   legend3[/"event"/]:::event
	//   legend4("handler"):::handler
	//   legend1 --> legend2
	//   legend2 -->|"records"| legend3
	//   legend3 -.->|"after the scope"| legend4
	//   end
	//   application ~~~ legend
	//   classDef command fill:#dbeafe,stroke:#1d4ed8,color:#111
	//   classDef handler fill:#f4f4f5,stroke:#52525b,color:#111
	//   classDef event fill:#ffedd5,stroke:#c2410c,color:#111
	//   classDef invisible fill:none,stroke:none
	//   class start,application invisible
	//   style legend fill:none,stroke:#a1a1aa,stroke-dasharray:4
}

func ExampleApplication_MermaidSequence() {
	text, err := newMediator().Topology().MermaidSequence("join")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)
	// Output:
	// sequenceDiagram
	//   participant L0 as Caller
	//   participant L1 as Mediator
	//   participant L2 as Handlers
	//   participant L3 as Scope
	//   L0->>L1: Send join
	//   rect rgba(219, 234, 254, 0.45)
	//   Note over L3: the scope of join
	//   L3->>L2: build joinHandler
	//   L1->>L2: joinHandler#58; join
	//   L2-->>L1: returns int<br/>records joined
	//   end
	//   rect rgba(254, 243, 199, 0.5)
	//   Note over L3: after the scope#58; a scope<br/>of its own
	//   L3->>L2: build mailHandler
	//   L1->>L2: mailHandler#58; joined
	//   end
	//   L1-->>L0: int
	//   Note over L0,L3: Legend#58; a box is a scope, a bar on the mediator is middleware, dashed arrows return.<br/>If anything in a scope fails, its finalizers get the error, and nothing follows from it.
}

func ExampleApplication_MermaidClasses() {
	fmt.Println(newMediator().Topology().MermaidClasses())
	// Output:
	// ---
	// config:
	//   class:
	//     hideEmptyMembersBox: true
	// ---
	// classDiagram
	//   direction LR
	//   class command1["join"]:::command
	//   <<command>> command1
	//   command1 : returns int
	//   class event2["joined"]:::event
	//   <<event>> event2
	//   command1 ..> event2
	//   note "Legend<br/>open arrow#58; its handlers record the event"
	//   classDef command fill:#dbeafe,stroke:#1d4ed8,color:#111
	//   classDef event fill:#ffedd5,stroke:#c2410c,color:#111
}

func ExampleApplication_DOT() {
	fmt.Println(newMediator().Topology().DOT())
	// Output:
	// digraph topology {
	//   rankdir=LR; fontname="Helvetica,Arial,sans-serif"; nodesep=0.2; ranksep=0.6
	//   node [fontname="Helvetica,Arial,sans-serif", fontsize=12, style=filled, height=0.4]
	//   edge [fontname="Helvetica,Arial,sans-serif", fontsize=10]
	//   command1 [label="join", shape=box, fillcolor="#dbeafe", color="#1d4ed8"]
	//   handler2 [label="joinHandler", shape=box, style="filled,rounded", fillcolor="#f4f4f5", color="#52525b"]
	//   event3 [label="joined", shape=parallelogram, fillcolor="#ffedd5", color="#c2410c"]
	//   handler4 [label="mailHandler", shape=box, style="filled,rounded", fillcolor="#f4f4f5", color="#52525b"]
	//   command1 -> handler2 []
	//   handler2 -> event3 []
	//   event3 -> handler4 [style=dashed]
	//   subgraph cluster_legend {
	//   label=Legend; style=dashed; color=gray
	//   legend1 [label="command", shape=box, fillcolor="#dbeafe", color="#1d4ed8"]
	//   legend2 [label="handler", shape=box, style="filled,rounded", fillcolor="#f4f4f5", color="#52525b"]
	//   legend3 [label="event", shape=parallelogram, fillcolor="#ffedd5", color="#c2410c"]
	//   legend4 [label="handler", shape=box, style="filled,rounded", fillcolor="#f4f4f5", color="#52525b"]
	//   legend1 -> legend2 []
	//   legend2 -> legend3 [label="records"]
	//   legend3 -> legend4 [style=dashed, label="after the scope"]
	//   }
	// }
}
