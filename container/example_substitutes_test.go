package container_test

import (
	"fmt"

	"github.com/digcqrs/digcqrs/container"
)

type Mailer interface{ Mail(to string) }

type SMTP struct{}

func NewSMTP() Mailer { panic("not in an example") }

func (*SMTP) Mail(string) {}

// Paper prints mails.
type Paper struct{}

func NewPaper() Mailer { return Paper{} }

func (Paper) Mail(to string) { fmt.Println("a letter to", to) }

// Recorder keeps mails for a test.
type Recorder struct{ mails []string }

func NewRecorder() Mailer { return &Recorder{} }

func (r *Recorder) Mail(to string) {
	r.mails = append(r.mails, to)
	fmt.Println("recorded a mail to", to)
}

// A package that needs a Mailer provides a default, which an application may do without.
func ExampleContainer_ProvideDefault() {
	letters := func(c *container.Container) {
		if err := c.ProvideDefault(NewPaper); err != nil {
			fmt.Println(err)
		}
	}

	c := container.New()
	letters(c)
	if err := c.Invoke(func(m Mailer) { m.Mail("Ann") }); err != nil {
		fmt.Println(err)
	}

	c = container.New()
	letters(c)
	if err := c.Provide(func() Mailer { return &SMTP{} }); err != nil {
		fmt.Println(err)
	}
	if err := c.Invoke(func(m Mailer) { fmt.Printf("%T\n", m) }); err != nil {
		fmt.Println(err)
	}
	// Output:
	// a letter to Ann
	// *container_test.SMTP
}

// A test takes the container of the application and replaces what must not run.
func ExampleContainer_Replace() {
	application := func() *container.Container {
		c := container.New()
		if err := c.Provide(NewSMTP); err != nil {
			fmt.Println(err)
		}
		return c
	}

	c := application()
	if err := c.Replace(NewRecorder); err != nil {
		fmt.Println(err)
	}
	if err := c.Invoke(func(m Mailer) { m.Mail("Ann") }); err != nil {
		fmt.Println(err)
	}
	// Output:
	// recorded a mail to Ann
}
