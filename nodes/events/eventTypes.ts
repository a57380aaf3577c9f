/** The event types of DESIGN section 4 as the operator chooses them on the canvas. */
import type { INodePropertyOptions } from 'n8n-workflow';

/** Not an event type of its own: products were removed and the cart is empty now. */
export const CART_EMPTIED = 'cart_emptied';
export const CUSTOM = 'custom';
/** Says which segments, too. */
export const SEGMENT_CHANGED = 'segment_changed';

export const eventTypeOptions: INodePropertyOptions[] = [
  { name: 'Added to Cart', value: 'added_to_cart' },
  { name: 'Answered Quiz', value: 'answered_quiz' },
  { name: 'Back in Stock Requested', value: 'back_in_stock_requested' },
  { name: 'Cart Emptied', value: CART_EMPTIED, description: 'The last product was removed from the cart' },
  { name: 'Completed Purchase', value: 'completed_purchase' },
  { name: 'Custom Event', value: CUSTOM, description: 'An event of your own shop, custom:&lt;name&gt;' },
  { name: 'Fulfilled Order', value: 'fulfilled_order' },
  { name: 'Joined Waitlist', value: 'joined_waitlist' },
  { name: 'Message Bounced', value: 'message_bounced' },
  { name: 'Message Clicked', value: 'message_clicked' },
  { name: 'Message Complained', value: 'message_complained' },
  { name: 'Message Delivered', value: 'message_delivered' },
  { name: 'Message Opened', value: 'message_opened' },
  { name: 'Message Sent', value: 'message_sent' },
  { name: 'Opened Ticket', value: 'opened_ticket' },
  { name: 'Picked Up Order', value: 'picked_up_order' },
  { name: 'Price Changed', value: 'price_changed' },
  { name: 'Refunded', value: 'refunded' },
  { name: 'Removed From Cart', value: 'removed_from_cart' },
  { name: 'Searched', value: 'searched' },
  { name: 'Segment Changed', value: SEGMENT_CHANGED, description: 'RFM has put the customer into another segment' },
  { name: 'Started Checkout', value: 'started_checkout' },
  { name: 'Stock Changed', value: 'stock_changed' },
  { name: 'Submitted Review', value: 'submitted_review' },
  { name: 'Subscribed', value: 'subscribed' },
  { name: 'Unsubscribed', value: 'unsubscribed' },
  { name: 'Viewed Page', value: 'viewed_page' },
  { name: 'Viewed Product', value: 'viewed_product' },
  { name: 'Wishlisted', value: 'wishlisted' },
];
