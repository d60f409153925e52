// Package cqrstest tests applications that use digcqrs.
//
// [New] builds a mediator as bootstrap.New does, and a [Recorder] of everything that it does: which
// messages were sent, which events were raised, which handlers, finalizers and deliveries followed, and
// how each of them ended:
//
//	func TestJoinMeeting(t *testing.T) {
//		c := app.NewContainer()
//		require.NoError(t, c.Replace(NewFakeMailer))
//		mediator, rec := cqrstest.New(t, c, app.Commands, app.Events)
//
//		require.NoError(t, mediator.Send(t.Context(), JoinMeeting{MeetingID: "m1", User: "ann"}))
//
//		joined := cqrstest.RequireEvent[UserJoined](rec)
//		assert.Equal(t, "ann", joined.User)
//		rec.RequireOrder("handler *app.RoomProjection", "finalizer app.BeginTx", "delivery *app.WelcomeMail")
//	}
//
// When the test ends it fails if an event was unhandled, if a goroutine that a handler started is still
// running, or if the container hinted at a mistake, such as a transaction without a finalizer.
// Nothing has to be awaited: a call of the mediator returns after its deliveries, and after durable ones
// too if the recorder has the store; see [Recorder.DeliverFrom].
//
// [ExploreFailures] makes each step of a request fail, in each way, and checks that the application stays
// correct: that everything is rolled back, no error is lost, and the next request works.
//
// # A handler alone
//
// [NewSender] makes a fake cqrs.Sender for the test of one handler. It answers what the handler sends, and
// keeps what was sent and published:
//
//	s := cqrstest.NewSender(t)
//	cqrstest.Answer[GetPrice](s, Price{Cents: 300})
//
//	require.NoError(t, NewOrderHandler(s).Handle(t.Context(), Order{Item: "tea"}))
//
//	assert.Equal(t, "tea", cqrstest.RequireSent[GetPrice](s).Item)
//
// What the handler published through the Sender is found in the same way, with [RequireEvent]. What it recorded
// is what its method Events returns.
package cqrstest
