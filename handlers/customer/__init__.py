"""What customers can do in the Official Account."""
